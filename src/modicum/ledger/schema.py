"""The ledger's tables.  Rows are only ever added: triggers refuse to change or delete one."""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    event,
)

VERSION = 1
"""The schema this program writes."""

metadata = MetaData()

schema = Table(
    "modicum_schema",
    metadata,
    Column("version", Integer, primary_key=True),
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("name", Text, nullable=False),
    Column("started_at", String(32), nullable=False),
    Column("version", String(32), nullable=False),
)

events = Table(
    "run_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", String(32), nullable=False, index=True),
    Column("at", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("detail", Text, nullable=False),
)

figures = Table(
    "figures",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", String(32), nullable=False, index=True),
    Column("subject", Text, nullable=False),
    Column("quantity", String(64), nullable=False),
    Column("value", Float),
    Column("low", Float),
    Column("high", Float),
    Column("unit", String(64), nullable=False),
    Column("basis", String(16), nullable=False),
    Column("source", Text, nullable=False),
    Column("boundary", Text, nullable=False),
    Column("reason", Text),
)

looks = Table(
    "looks",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", String(32), nullable=False),
    Column("judge", String(64), nullable=False),
    Column("study", String(64), nullable=False),
    Column("alpha", Float, nullable=False),
    Column("at", String(32), nullable=False),
    Index("looks_by_judge", "judge"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("document", Text, nullable=False),
)

_REFUSAL = "the ledger is append-only"


def _ddl(statement: str) -> DDL:
    return DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves this one untyped


def _refuse_changes(table: Table) -> None:
    """Triggers that refuse UPDATE and DELETE, in the words of SQLite and of PostgreSQL."""
    for verb in ("UPDATE", "DELETE"):
        name = f"{table.name}_no_{verb.lower()}"
        sqlite = _ddl(
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table.name} "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )
        postgres = _ddl(
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table.name} "
            f"EXECUTE FUNCTION modicum_append_only()"
        )
        event.listen(table, "after_create", sqlite.execute_if(dialect="sqlite"))
        event.listen(table, "after_create", postgres.execute_if(dialect="postgresql"))


event.listen(
    metadata,
    "before_create",
    _ddl(
        "CREATE OR REPLACE FUNCTION modicum_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    ).execute_if(dialect="postgresql"),
)
for _table in (runs, events, figures, looks, decisions):
    _refuse_changes(_table)
