"""What the report on a ledger is drawn from: a period's traffic, its decisions, what to improve."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from modicum.figures import Figure
from modicum.ledger.used import QUANTITIES, Used, difference, total_of
from modicum.report.notes import Notes
from modicum.report.words import Measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modicum.decision.document import DecisionDocument
    from modicum.ledger.period import Period, TaskPeriod
    from modicum.report.beside import StandardRow


@dataclass(frozen=True)
class TaskTold:
    """One task: its traffic, its newest decision, and what its watch says, in words."""

    traffic: TaskPeriod
    decision: DecisionDocument | None = None
    watch: str = ""
    audits: int = 0
    alarms: int = 0

    @property
    def place(self) -> str:
        """Where its numbers stand; counts times constants, task by task."""
        return f"tasks[{self.traffic.task}]"

    @property
    def small(self) -> float | None:
        """Share of its requests that the recommended candidate answered; None with no decision."""
        if self.decision is None or not self.traffic.requests:
            return None
        best = self.decision.recommended
        own = sum(s.requests for s in self.traffic.shares if s.route == best)
        return own / self.traffic.requests


@dataclass(frozen=True)
class Hint:
    """An opportunity in the report's language; the saving is of a month, or of the days seen."""

    subject: str
    todo: str
    saving: tuple[Figure, Figure, Figure]
    effort: str
    step: str


@dataclass(frozen=True)
class ScopeUse:
    """What own machines and providers used: energy and carbon; market-based and embodied of own."""

    own: Used
    hosted: Used
    market: Figure
    embodied: Figure
    sci: Figure
    boundary: str
    rows: tuple[StandardRow, ...] = ()


@dataclass(frozen=True)
class LedgerView:
    """The whole report; `ledger` is what to type in commands, "" for the usual one."""

    period: Period
    since: str
    until: str
    tasks: tuple[TaskTold, ...]
    scopes: ScopeUse
    hints: tuple[Hint, ...] = ()
    not_looked: tuple[str, ...] = ()
    hints_monthly: bool = True
    ledger: str = ""
    notes: Notes = field(default_factory=Notes)
    measure: Measure = field(default_factory=lambda: Measure.of("accuracy"))

    @property
    def used(self) -> Used:
        """What everything used, audits included."""
        return self._sum([task.traffic.used for task in self.tasks])

    @property
    def compared(self) -> tuple[TaskTold, ...]:
        """Tasks whose reference is known, so that a saving can be told."""
        return tuple(t for t in self.tasks if t.decision is not None)

    def saved(self, quantity: str) -> Figure:
        """What the references would have used beyond what was used, over the tasks compared."""
        found = [task.traffic for task in self.compared]
        today = total_of([t.used[quantity] for t in found], "no task has a decision")
        then = total_of([t.reference[quantity] for t in found], "no task has a decision")
        return difference(then, today)

    def command(self, name: str, *more: str) -> str:
        """A command as one types it for this ledger."""
        where = ["--ledger", self.ledger] if self.ledger else []
        return " ".join(["modicum", name, *where, *more])

    def _sum(self, parts: Sequence[Used]) -> Used:
        return {q: total_of([p[q] for p in parts], "no request was answered") for q in QUANTITIES}
