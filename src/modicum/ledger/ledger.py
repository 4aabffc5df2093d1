"""The append-only record of runs, figures, looks at judge examples, and decisions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, func, insert, select
from sqlalchemy.exc import DBAPIError

from modicum._version import __version__
from modicum.figures import Figure
from modicum.ledger import schema as tables
from modicum.ledger.usable import refusal

_FIGURE = ("value", "low", "high", "unit", "basis", "source", "boundary", "reason")


@dataclass(frozen=True)
class Run:
    """One run as the ledger lists it; `status` is that of its last event."""

    id: str
    kind: str
    name: str
    started_at: str
    status: str
    detail: str
    energy_j: Figure | None


@dataclass(frozen=True)
class Look:
    """One look at a judge split: which study it was and the alpha it was given."""

    run_id: str
    study: str
    alpha: float
    at: str


class Ledger:
    """Rows in a database; every method is one transaction and only ever adds."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self.engine, self.clock = engine, clock

    def start_run(self, kind: str, name: str) -> str:
        """Record that a run began; returns its id."""
        run_id = uuid.uuid4().hex
        self._add(
            tables.runs,
            {
                "id": run_id,
                "kind": kind,
                "name": name,
                "started_at": self._now(),
                "version": __version__,
            },
        )
        self.add_event(run_id, "started")
        return run_id

    def add_event(self, run_id: str, status: str, detail: str = "") -> None:
        """Record what became of a run: started, finished, failed or interrupted."""
        row = {"run_id": run_id, "at": self._now(), "status": status, "detail": detail}
        self._add(tables.events, row)

    def add_figures(self, run_id: str, rows: Iterable[tuple[str, str, Figure]]) -> None:
        """Record figures as (subject, quantity, figure)."""
        plain = [
            {"run_id": run_id, "subject": subject, "quantity": quantity}
            | {name: getattr(figure, name) for name in _FIGURE}
            for subject, quantity, figure in rows
        ]
        if plain:
            self._add(tables.figures, *plain)

    def add_look(self, run_id: str, judge: str, study: str, alpha: float) -> None:
        """Record that a study looked at the judge examples of a fingerprint."""
        row = {"run_id": run_id, "judge": judge, "study": study, "alpha": alpha, "at": self._now()}
        self._add(tables.looks, row)

    def add_decision(self, run_id: str, document: str) -> None:
        """Record a decision document."""
        self._add(tables.decisions, {"run_id": run_id, "document": document})

    def decisions(self, name: str | None = None) -> list[str]:
        """Recorded decision documents as JSON, newest first, of one task or of all."""
        r, d = tables.runs.c, tables.decisions.c
        query = select(d.document).join(tables.runs, r.id == d.run_id)
        query = query.order_by(r.started_at.desc(), r.id)
        return [
            row[0] for row in self._rows(query if name is None else query.where(r.name == name))
        ]

    def decision_of(self, run_id: str) -> str | None:
        """The decision document that a run recorded, as JSON; None where it recorded none."""
        d = tables.decisions.c
        rows = self._rows(select(d.document).where(d.run_id == run_id).limit(1))
        return rows[0][0] if rows else None

    def looks(self, judge: str) -> list[Look]:
        """Every look at the judge examples of a fingerprint, oldest first."""
        t = tables.looks.c
        query = select(t.run_id, t.study, t.alpha, t.at).where(t.judge == judge).order_by(t.id)
        return [Look(*row) for row in self._rows(query)]

    def runs(self, limit: int = 20) -> list[Run]:
        """The newest runs, newest first."""
        r, e, every = tables.runs.c, tables.events.c, tables.events.alias().c
        last = select(func.max(every.id)).where(every.run_id == r.id).scalar_subquery()
        query = (
            select(r.id, r.kind, r.name, r.started_at, e.status, e.detail)
            .select_from(tables.runs)
            .join(tables.events, e.id == last)
            .order_by(r.started_at.desc(), r.id)
            .limit(limit)
        )
        return [self._run(row) for row in self._rows(query)]

    def runs_of(self, kind: str, name: str | None = None) -> list[Run]:
        """Every run of a kind, and of a name if one is given, newest first."""
        r, e, every = tables.runs.c, tables.events.c, tables.events.alias().c
        last = select(func.max(every.id)).where(every.run_id == r.id).scalar_subquery()
        query = (
            select(r.id, r.kind, r.name, r.started_at, e.status, e.detail)
            .select_from(tables.runs)
            .join(tables.events, e.id == last)
            .where(r.kind == kind)
            .order_by(e.id.desc())
        )
        named = query if name is None else query.where(r.name == name)
        return [self._run(row) for row in self._rows(named)]

    def _run(self, row: Any) -> Run:
        return Run(row[0], row[1], row[2], row[3], row[4], row[5], self._energy(row[0]))

    def _energy(self, run_id: str) -> Figure | None:
        return self.figure(run_id, "run", "energy_j")

    def figure(self, run_id: str, subject: str, quantity: str) -> Figure | None:
        """A recorded figure; None where the run recorded none of that name."""
        f = tables.figures.c
        columns = [f[name] for name in _FIGURE]
        query = (
            select(*columns)
            .where(f.run_id == run_id, f.subject == subject, f.quantity == quantity)
            .order_by(f.id.desc())
            .limit(1)
        )
        rows = self._rows(query)
        return Figure.from_dict(dict(zip(_FIGURE, rows[0], strict=True))) if rows else None

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def _now(self) -> str:
        return self.clock().astimezone(UTC).isoformat(timespec="milliseconds")

    def _add(self, table: Any, *rows: dict[str, Any]) -> None:
        try:
            with self.engine.begin() as connection:
                connection.execute(insert(table), list(rows))
        except DBAPIError as error:
            raise refusal(self.engine, error) from None

    def _rows(self, query: Any) -> list[Any]:
        try:
            with self.engine.connect() as connection:
                return list(connection.execute(query))
        except DBAPIError as error:
            raise refusal(self.engine, error) from None
