"""The watch's rows, read and written; several workers and restarts share them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Engine, Table, delete, func, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from modicum.errors import LedgerError
from modicum.ledger import watch_schema as tables

_TRIES = 20


class WatchRow(NamedTuple):
    """One watched decision; `number` says which share of the error rate is its own."""

    id: int
    number: int
    task: str
    decision: str
    at: int
    document: str


class AuditRow(NamedTuple):
    """One audit as it is stored; `slices` are "column=value"."""

    id: int
    at: int
    kind: str
    request: str
    loss: float
    probability: float
    floor: float
    slices: tuple[str, ...]


class TextRow(NamedTuple):
    """What an audit was about, where that may be kept."""

    audit: int
    at: int
    input: str
    answer: str
    reference: str


class AlarmRow(NamedTuple):
    """An alarm, as `watch.Alarm` describes it."""

    at: int
    stream: str
    audit: int
    audits: int
    e_value: float
    bound: float
    alpha: float
    rate: float


class MoveRow(NamedTuple):
    """A move of traffic; audit: the last audit before it; plan: the steps, as JSON, or ""."""

    at: int
    kind: str
    share: float
    reason: str
    audit: int
    plan: str


class WatchStore:
    """The watch's part of a ledger; every method is one transaction.

    Raises:
        LedgerError: from every method, when the database cannot be used.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def open(self, task: str, decision: str, document: str, at: int) -> WatchRow:
        """The watch of a task under a decision, with the next number where it is new."""
        for _ in range(_TRIES):
            found = self.find(task, decision)
            if found is not None:
                return found
            number = 1 + (self._rows(select(func.max(tables.watches.c.number)))[0][0] or 0)
            row = {"number": number, "task": task, "decision": decision, "at": at}
            try:
                self._add(tables.watches, row | {"document": document})
            except IntegrityError:
                continue  # another worker took this number, or opened this very watch
        raise LedgerError(f"no number was free for the watch of {task!r}: try again")

    def find(self, task: str, decision: str) -> WatchRow | None:
        """A watch, if it is there."""
        t = tables.watches
        rows = self._rows(select(t).where(t.c.task == task, t.c.decision == decision))
        return _watch(rows[0]) if rows else None

    def newest(self, task: str | None = None) -> list[WatchRow]:
        """The newest watch of each task (or of one), by task."""
        t = tables.watches
        last = select(func.max(t.c.id)).group_by(t.c.task)
        query = select(t).where(t.c.id.in_(last)).order_by(t.c.task)
        if task is not None:
            query = query.where(t.c.task == task)
        return [_watch(row) for row in self._rows(query)]

    def add_audit(
        self, watch: int, row: AuditRow, texts: tuple[str, str, str] | None, user: str = ""
    ) -> int:
        """Record an audit, and its input, answer and reference answer if given; returns its id."""
        values = row._asdict() | {"watch": watch, "slices": json.dumps(row.slices)}
        del values["id"]
        with self._begin() as connection:
            made = connection.execute(insert(tables.audits).values(values))
            audit = int(made.inserted_primary_key[0])
            if texts is not None:
                names = ("input", "answer", "reference")
                told = dict(zip(names, texts, strict=True))
                at = {"audit": audit, "at": row.at, "user_id": user[:255]}
                connection.execute(insert(tables.texts).values(at | told))
        return audit

    def audits(self, watch: int, after: int = 0) -> list[AuditRow]:
        """Audits of a watch with a larger id, in that order."""
        t = tables.audits.c
        columns = (t.id, t.at, t.kind, t.request, t.loss, t.probability, t.floor, t.slices)
        query = select(*columns).where(t.watch == watch, t.id > after).order_by(t.id)
        return [AuditRow(*row)._replace(slices=_slices(row[7])) for row in self._rows(query)]

    def texts(self, watch: int) -> list[TextRow]:
        """Kept texts of a watch's audits, in the order of their ids."""
        t, a = tables.texts.c, tables.audits.c
        query = (
            select(t.audit, t.at, t.input, t.answer, t.reference)
            .join(tables.audits, a.id == t.audit)
            .where(a.watch == watch)
            .order_by(t.audit)
        )
        return [TextRow(*row) for row in self._rows(query)]

    def erase_texts(self, *, user: str | None = None, before: int | None = None) -> int:
        """Erase the texts of a user, or those older than a time; returns how many."""
        t = tables.texts.c
        which = t.user_id == user if user is not None else t.at < (before or 0)
        with self._begin() as connection:
            return int(connection.execute(delete(tables.texts).where(which)).rowcount)

    def add_alarm(self, watch: int, row: AlarmRow) -> bool:
        """Record a stream's alarm; False where it is on record already."""
        try:
            self._add(tables.alarms, row._asdict() | {"watch": watch})
        except IntegrityError:
            return False
        return True

    def alarms(self, watch: int) -> list[AlarmRow]:
        """Alarms of a watch, oldest first."""
        return [AlarmRow(*row) for row in self._of(tables.alarms, AlarmRow, watch)]

    def openings(self) -> list[tuple[int, int]]:
        """(number, when it began) of every watch."""
        t = tables.watches.c
        return [(row[0], row[1]) for row in self._rows(select(t.number, t.at))]

    def alarm_rates(self) -> list[tuple[int, int, float]]:
        """(number of its watch, when, error rate of its stream) of every alarm."""
        a, w = tables.alarms.c, tables.watches.c
        query = select(w.number, a.at, a.alpha).join(tables.watches, a.watch == w.id)
        return [(row[0], row[1], row[2]) for row in self._rows(query)]

    def add_move(self, watch: int, row: MoveRow) -> None:
        """Record a move of traffic."""
        self._add(tables.moves, row._asdict() | {"watch": watch})

    def moves(self, watch: int) -> list[MoveRow]:
        """Moves of a watch, oldest first."""
        return [MoveRow(*row) for row in self._of(tables.moves, MoveRow, watch)]

    def add_condition(self, watch: int, at: int, name: str, value: str) -> None:
        """Record a condition that was seen."""
        self._add(tables.conditions, {"watch": watch, "at": at, "name": name, "value": value})

    def conditions(self, watch: int) -> list[tuple[str, str]]:
        """Conditions of a watch as (name, value), in the order seen."""
        t = tables.conditions.c
        query = select(t.name, t.value).where(t.watch == watch).order_by(t.id)
        return [(row[0], row[1]) for row in self._rows(query)]

    def add_release(self, watch: int, at: int, audit: int) -> None:
        """Record that audits up to this one were given away as judge data."""
        self._add(tables.releases, {"watch": watch, "at": at, "audit": audit})

    def releases(self, watch: int) -> list[int]:
        """The audits up to which releases were made, in order."""
        t = tables.releases.c
        query = select(t.audit).where(t.watch == watch).order_by(t.id)
        return [row[0] for row in self._rows(query)]

    def _of(self, table: Table, kind: Any, watch: int) -> Sequence[Any]:
        columns = [table.c[name] for name in kind._fields]
        return self._rows(select(*columns).where(table.c.watch == watch).order_by(table.c.id))

    def _add(self, table: Table, row: dict[str, Any]) -> None:
        try:
            with self.engine.begin() as connection:
                connection.execute(insert(table).values(row))
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise _refused(error) from None

    def _rows(self, query: Any) -> list[Any]:
        try:
            with self.engine.connect() as connection:
                return list(connection.execute(query))
        except DBAPIError as error:
            raise _refused(error) from None

    def _begin(self) -> Any:
        return _Transaction(self.engine)


class _Transaction:
    """A transaction whose database errors come out as ours."""

    def __init__(self, engine: Engine) -> None:
        self._opened = engine.begin()

    def __enter__(self) -> Any:
        try:
            return self._opened.__enter__()
        except DBAPIError as error:
            raise _refused(error) from None

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        self._opened.__exit__(kind, value, trace)
        if isinstance(value, DBAPIError):
            raise _refused(value) from None


def _slices(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _watch(row: Any) -> WatchRow:
    return WatchRow(row.id, row.number, row.task, row.decision, row.at, row.document)


def _refused(error: DBAPIError) -> LedgerError:
    cause = str(error.orig or error).splitlines()[0]
    return LedgerError(f"the watch's rows cannot be read or written ({cause}): check the ledger")
