"""Money: a month today and then, and when the change has paid for itself, from stated amounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modicum.errors import FigureError
from modicum.figures import Figure

if TYPE_CHECKING:
    from modicum.decision.document import CandidateDocument
    from modicum.report.beside import Stated
    from modicum.report.view import View

MILLION = 1e6


@dataclass(frozen=True)
class Money:
    """What the business reader adds up; amounts are a month's, or a million requests'.

    hosting, upkeep, labelling: None where nobody stated them.
    """

    requests: float
    monthly: bool
    today: Figure
    then: Figure
    hosting: Figure | None
    upkeep: Figure | None
    labelling: Figure | None

    @property
    def then_all(self) -> Figure:
        """Running the recommended candidate, hosting and upkeep included."""
        return _sum(self.then, self.hosting, self.upkeep)


def money(view: View, stated: Stated) -> Money:
    """The amounts of a decision, with what the user stated in its currency."""
    volume = view.decision.task.requests_per_month
    requests = volume or MILLION
    then = cost_of(view.recommended) * requests
    given = {
        "hosting": stated.hosting_per_month,
        "upkeep": stated.upkeep_per_month,
        "labelling": stated.labelling,
    }
    exact = {
        name: None if amount is None else _stated(amount, then.unit, name)
        for name, amount in given.items()
    }
    today = cost_of(view.reference) * requests
    return Money(requests, volume is not None, today, then, **exact)


def cost_of(candidate: CandidateDocument) -> Figure:
    """Money per request; unknown where there is no footprint."""
    if candidate.footprint is None:
        return Figure.unknown("USD", "it was not measured, so its cost is not known")
    return candidate.footprint.cost.figure()


def left_each_month(saved: Figure, found: Money) -> Figure:
    """What is left of a month's saving after hosting and upkeep.

    Raises FigureError where the currencies differ.
    """
    parts = [p for p in (found.hosting, found.upkeep) if p is not None]
    for part in parts:
        saved = saved - part
    return saved


def months_until_paid(once: Figure, left: Figure, never: str) -> Figure:
    """Months until what was spent once has come back; unknown, with `never`, if it may not."""
    if left.value is None or left.low is None or left.low <= 0:
        return Figure.unknown("month", left.reason or never, source=left.source)
    return once / left.per("month")


def paid_once(search: Figure, found: Money) -> Figure:
    """The search and the labelling; raises FigureError where the currencies differ."""
    return _sum(search, found.labelling)


def _sum(first: Figure, *others: Figure | None) -> Figure:
    for other in others:
        if other is not None:
            first = first + other
    return first


def _stated(amount: float, currency: str, name: str) -> Figure:
    if not 0 <= amount < 1e15:
        raise FigureError(f"{name} of {amount:g} {currency}: give an amount of 0 or more")
    return Figure.exact(
        amount, currency, basis="assumed", source="stated by the user", boundary=name
    )
