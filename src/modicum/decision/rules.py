"""The rule that compares one candidate with the reference: a p-value each way and an interval.

Which rule is used depends only on the kind of data, never on how it comes out:

- clusters given: the clustered score test (asymptotic in clusters, at least 50);
- losses all 0 or 1: Tango's score test, enumerated where disagreements are few; where the
  reference alone is never wrong (its own answers are the truth) this is the exact binomial test;
- graded losses: betting (finite samples).
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from modicum.stats.betting import betting_interval, betting_p_value
from modicum.stats.cluster import (
    ClusteredDifferences,
    clustered_interval,
    clustered_p_value,
)
from modicum.stats.exact import paired_interval, paired_p_value
from modicum.stats.interval import Interval

Differences = NDArray[np.float64]


class Comparison(Protocol):
    """Paired differences of one candidate under one rule."""

    test: str
    mean: float
    variance: float
    n: int

    def p_below(self, margin: float) -> float:
        """P-value of H0: E[difference] >= margin."""
        ...

    def p_above(self, margin: float) -> float:
        """P-value of H0: E[difference] <= margin."""
        ...

    def interval(self, tail: float) -> Interval:
        """Margins that neither of the two tests at level `tail` rejects."""
        ...


class BinaryComparison:
    """Tango's score test on counts (see `modicum.stats.exact`).

    >>> found = BinaryComparison(np.array([0.0] * 970 + [1.0] * 10 + [-1.0] * 20))
    >>> found.test, found.p_below(0.02) < 0.001
    ('Tango score', True)
    """

    def __init__(self, differences: Differences) -> None:
        self.n = len(differences)
        self._worse = int(np.sum(differences > 0))
        self._better = int(np.sum(differences < 0))
        self.mean = (self._worse - self._better) / self.n
        self.variance = _shrunk_variance(differences)
        one_sided = self._better == 0
        self.test = "exact binomial on disagreement" if one_sided else "Tango score"

    def p_below(self, margin: float) -> float:
        """See Comparison."""
        return paired_p_value(self._worse, self._better, self.n, margin)

    def p_above(self, margin: float) -> float:
        """See Comparison."""
        return paired_p_value(self._better, self._worse, self.n, -margin)

    def interval(self, tail: float) -> Interval:
        """See Comparison."""
        return paired_interval(self._worse, self._better, self.n, tail)


class BettingComparison:
    """Finite-sample test of graded losses by betting; anytime-valid in the order given."""

    test = "betting"

    def __init__(self, differences: Differences) -> None:
        self.n, self.mean = len(differences), float(differences.mean())
        self.variance = _shrunk_variance(differences)
        self._differences = differences

    def p_below(self, margin: float) -> float:
        """See Comparison."""
        return betting_p_value(self._differences, margin)

    def p_above(self, margin: float) -> float:
        """See Comparison."""
        return betting_p_value(-self._differences, -margin)

    def interval(self, tail: float) -> Interval:
        """See Comparison."""
        return betting_interval(self._differences, tail)


class ClusteredComparison:
    """Score test on effective counts; undecided for fewer clusters than it is valid for."""

    test: str = "clustered score"

    def __init__(self, differences: Differences, clusters: NDArray[Any]) -> None:
        self._sample = ClusteredDifferences.of(differences, clusters)
        self.n, self.mean = len(differences), float(differences.mean())
        self.variance = _shrunk_variance(differences) * self._sample.design_effect(self.mean)
        self._enough = self._sample.enough
        if not self._enough:
            self.test = "clustered score (too few clusters, or a few large ones)"

    def p_below(self, margin: float) -> float:
        """See Comparison."""
        return clustered_p_value(self._sample, margin) if self._enough else 1.0

    def p_above(self, margin: float) -> float:
        """See Comparison."""
        if not self._enough:
            return 1.0
        mirrored = ClusteredDifferences(
            -self._sample.sums, self._sample.sizes, self._sample.squares
        )
        return clustered_p_value(mirrored, -margin)

    def interval(self, tail: float) -> Interval:
        """See Comparison."""
        return clustered_interval(self._sample, tail) if self._enough else Interval(-1.0, 1.0, tail)


def compare(
    differences: Differences, *, binary: bool, clusters: NDArray[Any] | None = None
) -> Comparison:
    """The rule for this kind of data, holding these differences (shape (n,))."""
    if clusters is not None:
        return ClusteredComparison(differences, clusters)
    return BinaryComparison(differences) if binary else BettingComparison(differences)


def test_name(*, binary: bool, clustered: bool) -> str:
    """The rule for this kind of data, in words."""
    if clustered:
        return ClusteredComparison.test
    return "Tango score" if binary else BettingComparison.test


def _shrunk_variance(differences: Differences) -> float:
    """Variance of one difference for planning, as if one more example had disagreed: never 0."""
    n = len(differences)
    return float((np.sum((differences - differences.mean()) ** 2) + 1.0) / (n + 1))
