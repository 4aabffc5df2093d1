"""Making the ledger's schema, and bringing an older one up to date with Alembic."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, func, insert, inspect, select, text

from modicum.ledger import schema as tables
from modicum.ledger.base import metadata

_LOCK = 7_301_964_221  # any fixed number: only one process makes or migrates at a time


def prepare(engine: Engine) -> int | None:
    """Make the schema where there is none, migrate an older one; returns the version found.

    A newer version is returned untouched, for the caller to refuse; None is a foreign schema.
    """
    with engine.connect() as connection:
        found = _version(connection)
    if found is not None and found >= tables.VERSION:
        return found
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})
        elif engine.dialect.name == "sqlite":
            connection.execute(text("BEGIN IMMEDIATE"))
        if not inspect(connection).has_table(tables.schema.name):
            _create(connection)
        found = _version(connection)
        if found is not None and found < tables.VERSION:
            upgrade(connection, found)
            found = _version(connection)
    return found


def _create(connection: Connection) -> None:
    metadata.create_all(connection)
    connection.execute(insert(tables.schema), [{"version": tables.VERSION}])
    connection.execute(insert(tables.alembic), [{"version_num": f"{tables.VERSION:04d}"}])


def _version(connection: Connection) -> int | None:
    if not inspect(connection).has_table(tables.schema.name):
        return None
    return connection.execute(select(func.max(tables.schema.c.version))).scalar()


def upgrade(connection: Connection, found: int) -> None:
    """Run every migration after version `found`, in the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    if not inspect(connection).has_table(tables.alembic.name):
        command.stamp(config, f"{found:04d}")
    command.upgrade(config, "head")
