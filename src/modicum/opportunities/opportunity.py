"""An opportunity: what to do, what it would save, how much work it is, and what is assumed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from modicum.figures import Figure
from modicum.ledger.used import QUANTITIES, UNITS, Used
from modicum.opportunities.sentence import Sentence

Effort = Literal["setting", "day", "project"]
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
    def unknown(cls) -> Saving:
        """Nothing is known of it; `Opportunity.nobody_knows` says why."""
        reason = "the finder says why"
        return cls(*(Figure.unknown(UNITS[name], reason) for name in QUANTITIES))

    def __mul__(self, by: float) -> Saving:
        return Saving(*(figure * by for figure in self.figures))

    def up_to(self) -> Saving:
        """Between nothing and all of it; the middle stands for it, and the basis is assumed.

        `Opportunity.doubt` says why.
        """
        return Saving(*(_up_to(figure) for figure in self.figures))

    @property
    def figures(self) -> tuple[Figure, Figure, Figure]:
        """In the order of `QUANTITIES`."""
        return self.energy_j, self.carbon_g, self.cost

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {n: f.to_dict() for n, f in zip(QUANTITIES, self.figures, strict=True)}


def _up_to(figure: Figure) -> Figure:
    if figure.value is None or figure.high is None:
        return figure
    most = max(figure.high, 0.0)
    return Figure.of(
        min(max(figure.value, 0.0) / 2, most),
        0.0,
        most,
        figure.unit,
        basis="assumed",
        source=figure.source,
        boundary=figure.boundary,
    )


@dataclass(frozen=True)
class Opportunity:
    """One thing to improve.

    task, place: what it is about; place is a model, candidate or machine, and each may be empty.
    saving: what would be saved.  at_stake: what that part uses today.  step: what to do next, as a
    command or a sentence.  doubt: why the saving lies between nothing and all of it.
    nobody_knows: why the saving is unknown.
    """

    finder: str
    todo: Sentence
    saving: Saving
    at_stake: Saving
    effort: Effort
    step: Sentence | str
    task: str = ""
    place: str = ""
    assumptions: tuple[Sentence, ...] = ()
    doubt: Sentence | None = None
    nobody_knows: Sentence | None = None


@dataclass(frozen=True)
class NotLooked:
    """A finder that could not look, why, and so what to give it."""

    finder: str
    why: Sentence


@dataclass(frozen=True)
class Found:
    """Everything that was found, and what was not looked at.

    monthly: whether figures are of a month, or of the days seen.  days: how many of them the record
    holds.
    """

    opportunities: tuple[Opportunity, ...]
    not_looked: tuple[NotLooked, ...]
    monthly: bool
    days: float
    requests: int
