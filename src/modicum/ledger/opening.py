"""Opening a ledger: from its URL to tables that are made, or brought up to date."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from modicum.errors import LedgerError, MissingExtraError
from modicum.ledger import schema as tables
from modicum.ledger.ledger import Ledger
from modicum.ledger.migrate import prepare
from modicum.ledger.usable import refusal, where


def default_url() -> str:
    """MODICUM_LEDGER, else a file under the platform's data folder."""
    import platformdirs

    given = os.environ.get("MODICUM_LEDGER")
    path = platformdirs.user_data_path("modicum") / "ledger.sqlite"
    return given or f"sqlite:///{path}"


def open_ledger(url: str | None = None, clock: Callable[[], datetime] | None = None) -> Ledger:
    """Open the ledger at a SQLAlchemy URL, or a path to a SQLite file, making it if need be.

    Raises:
        LedgerError: a bad URL, an unreachable database, a folder that cannot be written, or a
            schema newer than this program's.
    """
    given = url or default_url()
    target = given if "://" in given else f"sqlite:///{Path(given).resolve()}"
    try:
        engine = create_engine(target, pool_pre_ping=not target.startswith("sqlite"))
    except (ArgumentError, NoSuchModuleError) as error:
        raise LedgerError(f"{_safe(target)} is not a database URL: {error}") from None
    except ModuleNotFoundError:
        raise MissingExtraError("PostgreSQL ledgers", "postgres") from None
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    ledger = Ledger(engine, clock or (lambda: datetime.now(UTC)))
    try:
        _create(ledger)
    except LedgerError:
        ledger.close()
        raise
    return ledger


def _prepare_sqlite(engine: Engine) -> None:
    """WAL mode, so that readers never wait for the writer; and wait for other writers."""
    if engine.url.database:
        folder = Path(engine.url.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(
                f"the ledger's folder {folder} cannot be made ({error.strerror}): give another "
                "with --ledger"
            ) from None

    def pragmas(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout=10000")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    event.listen(engine, "connect", pragmas)


def _create(ledger: Ledger) -> None:
    try:
        found = prepare(ledger.engine)
    except DBAPIError as error:
        raise refusal(ledger.engine, error) from None
    if found is None or found > tables.VERSION:
        raise LedgerError(
            f"the ledger {where(ledger.engine)} has schema version {found}, this program knows "
            f"{tables.VERSION}: update it with pip install --upgrade modicum"
        )


def _safe(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "the ledger's URL"
