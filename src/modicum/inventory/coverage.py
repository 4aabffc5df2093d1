"""Coverage: how much of the money is spent on use whose energy is known, counted nowhere twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from modicum.inventory.usage import Usage


@dataclass(frozen=True)
class Coverage:
    """How much of the money is spent on use whose energy is known, in one currency."""

    currency: str
    spend: float
    covered: float

    @property
    def share(self) -> float | None:
        """None where nothing was spent."""
        return self.covered / self.spend if self.spend else None


Places = set[tuple[str, str, str]]


def _place(usage: Usage) -> tuple[str, str, str]:
    return usage.provider, usage.month, usage.unit_id or usage.unit


def counted_elsewhere(usages: Iterable[Usage]) -> Places:
    """Provider, month and account whose tokens a usage export counts."""
    found: Places = set()
    for usage in usages:
        if usage.kind == "tokens":
            found |= {_place(usage), (usage.provider, usage.month, usage.unit)}
    return found


def is_counted(usage: Usage, elsewhere: Places) -> bool:
    """Whether a usage export counts what this row tells the money of."""
    return _place(usage) in elsewhere or (usage.provider, usage.month, usage.unit) in elsewhere


def coverage_of(inside: Iterable[Usage], elsewhere: Places) -> tuple[Coverage, ...]:
    """The share of the spend whose energy is known, a currency at a time."""
    spend: dict[str, float] = defaultdict(float)
    covered: dict[str, float] = defaultdict(float)
    for usage in inside:
        if usage.cost is None:
            continue
        spend[usage.currency] += usage.cost
        has_energy = usage.kind in {"both", "energy"} or (
            usage.kind == "hours" and usage.watts is not None
        )
        if has_energy or is_counted(usage, elsewhere):
            covered[usage.currency] += usage.cost
    return tuple(Coverage(c, spend[c], covered[c]) for c in sorted(spend))
