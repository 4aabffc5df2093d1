"""An opportunity: what to do, what it would save, how much work it is, and what is assumed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from modicum.figures import Figure
from modicum.ledger.used import QUANTITIES, UNITS, Used

Effort = Literal["a setting", "a day", "a project"]
"""A setting: changed in minutes.  A day: data and a study.  A project: a person's weeks."""


@dataclass(frozen=True)
class Saving:
    """Energy, carbon and money; each a figure, unknown with its reason where nobody knows."""

    energy_j: Figure
    carbon_g: Figure
    cost: Figure

    @classmethod
    def of(cls, used: Used) -> Saving:
        """What the ledger's three quantities would save."""
        return cls(*(used[name] for name in QUANTITIES))

    @classmethod
    def unknown(cls, reason: str) -> Saving:
        """Nothing is known of it."""
        return cls(*(Figure.unknown(UNITS[name], reason) for name in QUANTITIES))

    def __mul__(self, by: float) -> Saving:
        return Saving(*(figure * by for figure in self.figures))

    def up_to(self, why: str) -> Saving:
        """Between nothing and all of it; the middle stands for it, and the basis is assumed."""
        return Saving(*(_up_to(figure, why) for figure in self.figures))

    @property
    def figures(self) -> tuple[Figure, Figure, Figure]:
        """In the order of `QUANTITIES`."""
        return self.energy_j, self.carbon_g, self.cost

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {n: f.to_dict() for n, f in zip(QUANTITIES, self.figures, strict=True)}


def _up_to(figure: Figure, why: str) -> Figure:
    if figure.value is None or figure.high is None:
        return figure
    most = max(figure.high, 0.0)
    return Figure.of(
        min(max(figure.value, 0.0) / 2, most),
        0.0,
        most,
        figure.unit,
        basis="assumed",
        source=f"{figure.source}; {why}: between nothing and all of it",
        boundary=figure.boundary,
    )


@dataclass(frozen=True)
class Opportunity:
    """One thing to improve.

    subject: the task, model or machine.  todo: one sentence.  saving: what would be saved.
    at_stake: what that part uses today.  step: the command that goes on.
    """

    finder: str
    subject: str
    todo: str
    saving: Saving
    at_stake: Saving
    effort: Effort
    step: str
    assumptions: tuple[str, ...] = ()

    def scaled(self, by: float) -> Opportunity:
        """The same over another length of time."""
        return replace(self, saving=self.saving * by, at_stake=self.at_stake * by)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "finder": self.finder,
            "subject": self.subject,
            "todo": self.todo,
            "saving": self.saving.to_dict(),
            "at_stake": self.at_stake.to_dict(),
            "effort": self.effort,
            "step": self.step,
            "assumptions": list(self.assumptions),
        }


@dataclass(frozen=True)
class NotLooked:
    """A finder that could not look, why, and so what to give it."""

    finder: str
    why: str


@dataclass(frozen=True)
class Found:
    """Everything that was found, and what was not looked at.

    of: what the figures are of, "month" or the days seen.  days: how many of them the record holds.
    """

    opportunities: tuple[Opportunity, ...]
    not_looked: tuple[NotLooked, ...]
    of: str
    days: float
    requests: int

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "figures_of": self.of,
            "days": self.days,
            "requests": self.requests,
            "opportunities": [one.to_dict() for one in self.opportunities],
            "not_looked_at": [{"finder": n.finder, "why": n.why} for n in self.not_looked],
        }
