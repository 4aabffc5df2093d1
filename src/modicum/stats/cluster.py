"""Paired tests when examples come in clusters (conversations, documents, near-duplicates).

Clusters are independent, examples inside one are not.  The score test is Tango's on effective
counts: counts divided by the design effect (Rao, J. N. K. and Scott, A. J. 1992. A simple method
for the analysis of clustered binary data. Biometrics 48, 577-585), estimated from the cluster sums
of difference minus margin.  Few disagreements cannot show how strongly examples cling together, so
the estimate is drawn towards the worst case (clusters of copies) by `PRIOR` imagined disagreements.
Nor can the many small clusters speak for a few large ones that fail seldom but at once: what
separates the hypothesis from "no worse" is taken to come in large clusters (`unevenness`).
Needs at least 50 clusters, worth 40 of equal size; the losses may be graded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

from modicum.stats.interval import Interval
from modicum.stats.tango import better_of

MINIMUM_CLUSTERS = 50
MINIMUM_EFFECTIVE = 40.0
"""Clusters of equal size that uneven ones must be worth (Kish, 1965): few large decide alone."""
PRIOR = 3.0


@dataclass(frozen=True)
class ClusteredDifferences:
    """What the test needs of n paired differences in [-1, 1]: sums by cluster, and disagreement.

    sums, sizes: one entry a cluster.  squares: sum over examples of the squared difference.
    """

    sums: NDArray[np.float64]
    sizes: NDArray[np.float64]
    squares: float

    @classmethod
    def of(cls, differences: ArrayLike, clusters: ArrayLike) -> ClusteredDifferences:
        """Gather differences by their cluster labels (any sortable labels, paired by position)."""
        values = np.asarray(differences, dtype=float)
        _, member = np.unique(np.asarray(clusters), return_inverse=True)
        sums = np.bincount(member, weights=values).astype(float)
        return cls(sums, np.bincount(member).astype(float), float(values @ values))

    def __len__(self) -> int:
        return len(self.sums)

    @cached_property
    def n(self) -> float:
        """Examples."""
        return float(self.sizes.sum())

    @cached_property
    def total(self) -> float:
        """Sum of the differences."""
        return float(self.sums.sum())

    @property
    def enough(self) -> bool:
        """Whether there are clusters enough for the test to be valid.

        >>> ClusteredDifferences.of([0.0] * 100, range(100)).enough
        True
        >>> ClusteredDifferences.of([0.0] * 100, [max(i, 40) for i in range(100)]).enough
        False
        """
        effective = self.n**2 / self._products[2]
        return len(self) >= MINIMUM_CLUSTERS and effective >= MINIMUM_EFFECTIVE

    @property
    def unevenness(self) -> float:
        """How much larger the cluster of a random example is than a random cluster, in examples.

        >>> ClusteredDifferences.of([0.0] * 6, [0, 0, 1, 1, 2, 2]).unevenness
        0.0
        """
        return self._products[2] / self.n - self.n / len(self)

    def design_effect(self, margin: float) -> float:
        """Variance of the mean difference relative to that of independent examples.

        Clusters of k copies give k:

        >>> copies = ClusteredDifferences.of([1, 1, 0, 0, -1, -1, 0, 0], [0, 0, 1, 1, 2, 2, 3, 3])
        >>> round(copies.design_effect(0.02), 2)
        2.38
        """
        alone = self.squares - 2 * margin * self.total + self.n * margin * margin
        sums, both, sizes = self._products
        gaps = sums - 2 * margin * both + margin * margin * sizes
        together = gaps * len(self) / max(len(self) - 1, 1)
        return max((together + PRIOR * sizes / self.n) / (alone + PRIOR), 1.0)

    @cached_property
    def _products(self) -> tuple[float, float, float]:
        """Of sums with sums, sums with sizes, and sizes with sizes."""
        sums, sizes = self.sums, self.sizes
        return float(sums @ sums), float(sums @ sizes), float(sizes @ sizes)


def clustered_p_value(sample: ClusteredDifferences, margin: float) -> float:
    """One-sided p-value of H0: mean difference >= margin against less; needs 50 clusters.

    Read from Student's t with one degree of freedom fewer than clusters.

    >>> sample = ClusteredDifferences.of([0.0] * 1000, [i // 4 for i in range(1000)])
    >>> clustered_p_value(sample, 0.02) < 0.05
    True
    """
    return float(stdtr(len(sample) - 1, _score(sample, margin)))


def clustered_interval(sample: ClusteredDifferences, tail: float = 0.05) -> Interval:
    """Mean differences that the one-sided tests at level `tail` do not reject.

    >>> sample = ClusteredDifferences.of([1.0, -1.0] * 100, range(200))
    >>> clustered_interval(sample).low < 0 < clustered_interval(sample).high
    True
    """
    limit = -float(stdtrit(len(sample) - 1, tail))
    estimate = sample.total / sample.n
    high = _outermost(sample, estimate, 1.0, limit)
    low = _outermost(sample, estimate, -1.0, limit)
    return Interval(low, high, tail)


def _score(sample: ClusteredDifferences, margin: float) -> float:
    n, design = sample.n, sample.design_effect(margin)
    mean, disagreement = sample.total / n, sample.squares / n
    effective = n / design
    worse, better = effective * (disagreement + mean) / 2, effective * (disagreement - mean) / 2
    rest = better_of(worse, better, effective, margin)
    gap = mean - margin
    alone = 2 * rest + margin * (1 - margin)
    variance = (alone * design + max(abs(gap), abs(margin)) * sample.unevenness) / n
    if variance <= 0:
        return 0.0 if gap == 0 else math.copysign(math.inf, gap)
    return gap / math.sqrt(variance)


def _outermost(sample: Any, inside: float, outside: float, limit: float) -> float:
    """Bisect between an accepted and a rejected mean difference, to within 1e-9."""
    if abs(_score(sample, outside)) <= limit:
        return outside
    for _ in range(40):
        middle = (inside + outside) / 2
        if abs(_score(sample, middle)) <= limit:
            inside = middle
        else:
            outside = middle
    return outside
