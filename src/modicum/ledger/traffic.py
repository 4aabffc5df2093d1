"""Requests into the ledger, exactly once, with their hourly rollups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Engine, Table, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from modicum.ledger import traffic_schema as tables
from modicum.ledger.records import RequestRecord
from modicum.ledger.rollup import ROLLUPS, rolled_up
from modicum.ledger.usable import usable

_COLUMNS = ("worker", *RequestRecord._fields)
_AT_ONCE = (200, 20)
"""Rows of one statement of SQLite, which hands the interpreter over once a statement: a row by row
insert would interrupt the requests that are answered meanwhile at every row.  Few sizes, because
the driver keeps each statement it has compiled, and a long one is some hundred kB."""


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _addition(table: Table, mark: str) -> str:
    """The statement that adds to a rollup's row, or makes it; both databases speak it."""
    names = [column.name for column in table.columns]
    keys = [column.name for column in table.primary_key]
    sums = ", ".join(
        f'"{name}" = {table.name}."{name}" + excluded."{name}"'
        for name in names
        if name not in keys
    )
    marks = ", ".join([mark] * len(names))
    insert = f"INSERT INTO {table.name} ({_quoted(names)}) VALUES ({marks})"  # noqa: S608 (ours)
    return f"{insert} ON CONFLICT ({_quoted(keys)}) DO UPDATE SET {sums}"


class TrafficStore:
    """Writes batches of request records; a record is known by (worker, sequence)."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        mark = "?" if engine.dialect.name == "sqlite" else "%s"
        marks = f"({', '.join([mark] * len(_COLUMNS))})"
        into = f"INSERT INTO requests ({_quoted(_COLUMNS)}) VALUES "  # noqa: S608 (ours)
        self._insert = into + marks
        together = _AT_ONCE if engine.dialect.name == "sqlite" else ()
        self._inserts = [(count, into + ",".join([marks] * count)) for count in together]
        self._additions = {table.name: _addition(table, mark) for table in ROLLUPS}

    def add(self, worker: int, records: Sequence[RequestRecord]) -> int:
        """Insert the records that are not there yet, in one transaction; returns how many.

        Rollups count exactly the rows inserted, in the same transaction.

        Raises:
            LedgerError: the database cannot be used; nothing of the batch was written.
        """
        if not records:
            return 0
        with usable("requests"):
            try:
                return self._write(worker, records)
            except IntegrityError:
                return self._write(worker, self._missing(worker, records))

    def _write(self, worker: int, records: Sequence[RequestRecord]) -> int:
        if records:
            with self.engine.begin() as connection:
                self._insert_all(connection, worker, records)
                self._roll_up(connection, records)
        return len(records)

    def _insert_all(
        self, connection: Connection, worker: int, records: Sequence[RequestRecord]
    ) -> None:
        rows, start = [(worker, *record) for record in records], 0
        for count, statement in self._inserts:
            while len(rows) - start >= count:
                values = tuple(chain.from_iterable(rows[start : start + count]))
                connection.exec_driver_sql(statement, values)
                start += count
        if start < len(rows):
            connection.exec_driver_sql(self._insert, rows[start:])

    def _missing(self, worker: int, records: Sequence[RequestRecord]) -> list[RequestRecord]:
        sequences = [record.sequence for record in records]
        column = tables.requests.c
        query = select(column.sequence).where(
            column.worker == worker, column.sequence.between(min(sequences), max(sequences))
        )
        with self.engine.connect() as connection:
            known = set(connection.scalars(query))
        unique = {r.sequence: r for r in records if r.sequence not in known}
        return list(unique.values())

    def _roll_up(self, connection: Connection, records: Iterable[RequestRecord]) -> None:
        # In the order of their keys, so that two replicas never wait for each other in a circle.
        for table, rows in rolled_up(records):
            self._add_up(connection, table, rows)

    def _add_up(self, connection: Connection, table: Table, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            connection.exec_driver_sql(self._additions[table.name], rows)

    def add_constants(self, rows: Sequence[dict[str, Any]]) -> None:
        """Record constants; a set that is there already is left as it is."""
        self._ignore_known(tables.constants, rows)

    def add_route(
        self, at: int, task: str, route: str, role: str, constants: str, decision: str
    ) -> None:
        """Record that a task's route (role "recommended", "reference", ...) has these constants."""
        row = {"at": at, "task": task, "route": route, "role": role}
        with usable("routes"), self.engine.begin() as connection:
            connection.execute(
                insert(tables.routes), [row | {"constants": constants, "decision": decision}]
            )

    def _ignore_known(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        if not rows:
            return
        with usable("constants"), self.engine.begin() as connection:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            connection.execute(dialect.insert(table).on_conflict_do_nothing(), list(rows))
