"""What every table of the ledger hangs on, and the triggers that refuse changes."""

from __future__ import annotations

from sqlalchemy import DDL, MetaData, Table, event

metadata = MetaData()

REFUSAL = "the ledger is append-only"
POSTGRES_FUNCTION = (
    "CREATE OR REPLACE FUNCTION modicum_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
)


def refusals(table: str, dialect: str) -> list[str]:
    """Statements that make triggers which refuse UPDATE and DELETE on a table.

    dialect: "sqlite" or "postgresql"; any other database has none.
    """
    if dialect == "sqlite":
        ending = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    elif dialect == "postgresql":
        ending = "EXECUTE FUNCTION modicum_append_only()"
    else:
        return []
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {ending}"
        for verb in ("UPDATE", "DELETE")
    ]


def refuse_changes(table: Table) -> None:
    """Make those triggers whenever the table is made."""
    for dialect in ("sqlite", "postgresql"):
        for statement in refusals(table.name, dialect):
            event.listen(table, "after_create", ddl(statement).execute_if(dialect=dialect))


def ddl(statement: str) -> DDL:
    """A statement as SQLAlchemy runs it beside its own."""
    return DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves this one untyped


event.listen(metadata, "before_create", ddl(POSTGRES_FUNCTION).execute_if(dialect="postgresql"))
