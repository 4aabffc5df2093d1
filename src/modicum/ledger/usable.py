"""A database's complaint as one sentence, without statements, parameters or passwords."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from modicum.errors import LedgerError


@contextmanager
def usable(what: str) -> Iterator[None]:
    """Raise LedgerError in place of the driver's error."""
    try:
        yield
    except DBAPIError as error:
        cause = str(error.orig or error).splitlines()[0]
        raise LedgerError(f"the ledger's {what} cannot be used ({cause})") from None
