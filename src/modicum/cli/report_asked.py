"""What of a ledger a report is asked to tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from modicum.cli.report_accounts import Means
from modicum.errors import LedgerError

if TYPE_CHECKING:
    from modicum.ledger import Ledger

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Asked:
    """What of a ledger is told: from a day on (1970 is 0), in which language, of which machines."""

    since: int | None = None
    lang: str = "en"
    region: str | None = None
    means: Means = field(default_factory=Means)
    url: str = ""


def span(ledger: Ledger, since: int | None) -> tuple[int, int]:
    """The days that are told; raises LedgerError where there is no request in them."""
    from modicum.ledger.period import days_there

    there = days_there(ledger.engine)
    if there is None:
        raise LedgerError(
            "the ledger holds no request to report on: serve a decision with `modicum serve`, or "
            "report on a folder"
        )
    if since is not None and since > there[1]:
        raise LedgerError(f"the ledger's last request is of {EPOCH + timedelta(days=there[1])}")
    return max(there[0], since or there[0]), there[1]
