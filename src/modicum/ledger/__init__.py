"""The ledger: an append-only record of every run, figure, look and decision."""

from modicum.ledger.ledger import Ledger, Look, Run
from modicum.ledger.opening import default_url, open_ledger

__all__ = ["Ledger", "Look", "Run", "default_url", "open_ledger"]
