"""A confidence interval: two ends, and the error each of them may make."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """Each end alone is wrong with probability at most `tail`; both together at most twice that.

    A one-sided test at level `tail` rejects "mean >= margin" exactly where `high` < margin (up to
    rounding), so an interval shown beside a decision is the one the decision used.

    >>> Interval(-0.01, 0.015, tail=0.05).below(0.02)
    True
    """

    low: float
    high: float
    tail: float

    def below(self, margin: float) -> bool:
        """Whether the whole interval lies below the margin."""
        return self.high < margin

    def above(self, margin: float) -> bool:
        """Whether the whole interval lies above the margin."""
        return self.low > margin
