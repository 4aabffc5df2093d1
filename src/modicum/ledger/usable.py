"""A database's complaint as one sentence, without statements, parameters or passwords."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
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


def refusal(engine: Engine, error: DBAPIError) -> LedgerError:
    """The error of a ledger that cannot be read or written, with the cure."""
    cause = str(getattr(error, "orig", None) or error).splitlines()[0]
    return LedgerError(
        f"the ledger {where(engine)} cannot be used ({cause}): check that it can be written, or "
        "give another with --ledger"
    )


def where(engine: Engine) -> str:
    """Its URL without the password."""
    return engine.url.render_as_string(hide_password=True)
