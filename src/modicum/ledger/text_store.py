"""Stored prompts: kept only where a task's settings say so, until they expire or are erased."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from modicum.ledger import traffic_schema as tables
from modicum.ledger.usable import usable


class StoredText(NamedTuple):
    """What one request said and got, redacted; (worker, sequence) is its request's."""

    worker: int
    sequence: int
    at: int
    expires_at: int
    user_id: str
    task: str
    input: str
    reply: str


class TextStore:
    """The table `request_texts`; every method raises LedgerError where it cannot be used."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def add(self, rows: Sequence[StoredText]) -> None:
        """Store texts; one that is there already is left as it is."""
        if not rows:
            return
        with usable("stored prompts"), self.engine.begin() as connection:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            statement = dialect.insert(tables.texts).on_conflict_do_nothing()
            connection.execute(statement, [row._asdict() for row in rows])

    def of_task(self, task: str) -> list[StoredText]:
        """A task's texts, oldest first."""
        t = tables.texts
        query = select(t).where(t.c.task == task).order_by(t.c.at, t.c.worker, t.c.sequence)
        with usable("stored prompts"), self.engine.connect() as connection:
            return [StoredText(*row) for row in connection.execute(query)]

    def routes(self, task: str) -> dict[tuple[int, int], str]:
        """Who answered each stored request: its route by (worker, sequence)."""
        t, r = tables.texts.c, tables.requests.c
        query = (
            select(r.worker, r.sequence, r.route)
            .join(tables.texts, (t.worker == r.worker) & (t.sequence == r.sequence))
            .where(t.task == task)
        )
        with usable("stored prompts"), self.engine.connect() as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(query)}

    def count(self, *, user: str | None = None) -> int:
        """How many are stored, of one user where it is given."""
        query = select(func.count()).select_from(tables.texts)
        if user is not None:
            query = query.where(tables.texts.c.user_id == user)
        with usable("stored prompts"), self.engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def erase(self, *, user: str | None = None, expired: int | None = None) -> int:
        """Erase a user's texts, or those that expired before a time; returns how many."""
        t = tables.texts.c
        which = t.user_id == user if user is not None else t.expires_at < (expired or 0)
        with usable("stored prompts"), self.engine.begin() as connection:
            return int(connection.execute(delete(tables.texts).where(which)).rowcount)
