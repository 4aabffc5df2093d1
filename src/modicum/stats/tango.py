"""Tango's score test and interval for paired yes/no outcomes.

Tango, T. (1998). Equivalence test and confidence interval for the difference in proportions for the
paired-sample design. Statistics in Medicine 17, 891-908.

Notation: `worse` counts examples where only the candidate is wrong, `better` those where only the
reference is wrong; the difference is (worse - better) / n, in [-1, 1].
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from modicum.stats.interval import Interval
from modicum.stats.root import root_of_rising

Floats = NDArray[np.float64]


def constrained_better(worse: ArrayLike, better: ArrayLike, n: ArrayLike, margin: ArrayLike) -> Any:
    """Likeliest P(only the reference is wrong) among those where the difference is `margin`.

    The larger root of Tango's quadratic, in a form that does not cancel.  All arguments broadcast.

    >>> round(float(constrained_better(12, 8, 100, 0.0)), 6)
    0.1
    """
    b, c, size, d = (np.asarray(v, dtype=float) for v in (worse, better, n, margin))
    quadratic = 2 * size
    linear = d * (2 * size - b + c) - b - c
    constant = -c * d * (1 - d)
    root = np.sqrt(np.maximum(linear * linear - 4 * quadratic * constant, 0.0))
    divisor = np.where(linear > 0, linear + root, 1.0)
    return np.where(linear > 0, -2 * constant / divisor, (root - linear) / (2 * quadratic))


def tango_z(worse: ArrayLike, better: ArrayLike, n: ArrayLike, margin: ArrayLike) -> Any:
    """Score statistic: very negative where the difference is below the margin.

    Counts may be fractional (effective counts of clustered examples).

    >>> round(float(tango_z(12, 8, 100, 0.0)), 6)  # McNemar: (12 - 8) / sqrt(12 + 8)
    0.894427
    """
    b, c, size, d = (np.asarray(v, dtype=float) for v in (worse, better, n, margin))
    variance = size * (2 * constrained_better(b, c, size, d) + d * (1 - d))
    gap = b - c - size * d
    with np.errstate(divide="ignore", invalid="ignore"):
        z = gap / np.sqrt(np.maximum(variance, 0.0))
    return np.where(np.abs(gap) < 1e-12, 0.0, z)


def tango_p_value(worse: ArrayLike, better: ArrayLike, n: ArrayLike, margin: ArrayLike) -> Any:
    """One-sided p-value of H0: difference >= margin against difference < margin; broadcasts.

    >>> round(float(tango_p_value(20, 30, 1000, 0.02)), 6)
    4.8e-05
    """
    return ndtr(tango_z(worse, better, n, margin))


def tango_interval(worse: float, better: float, n: float, tail: float = 0.05) -> Interval:
    """Differences that the one-sided tests at level `tail` do not reject, to within 1e-9.

    >>> found = tango_interval(43, 0, 86, tail=0.025)  # 43 of 86, all one way
    >>> round(found.low, 4), round(found.high, 4)
    (0.3966, 0.6034)
    """
    limit = -float(ndtri(tail))
    return Interval(
        -_upper(better, worse, n, limit),
        _upper(worse, better, n, limit),
        tail,
    )


def _upper(worse: float, better: float, n: float, limit: float) -> float:
    """Where the score statistic falls to -limit as the margin grows."""

    def rising(margin: float) -> float:
        return min(max(-limit - score_of(worse, better, n, margin), -50.0), 50.0)

    start, reach = (worse - better) / n, limit * math.sqrt(worse + better + limit**2) / n
    top = min(1.0, start + 1.5 * reach)
    while top < 1.0 and rising(top) <= 0:
        top = min(1.0, top + reach)
    if rising(top) <= 0:
        return 1.0
    return root_of_rising(rising, start, top, 1e-9)


def score_of(worse: float, better: float, n: float, margin: float) -> float:
    """`tango_z` of plain numbers: twenty times as fast, for a root is searched with them.

    >>> score_of(12, 8, 100, 0.02) == float(tango_z(12, 8, 100, 0.02))
    True
    """
    gap, variance = worse - better - n * margin, 2 * better_of(worse, better, n, margin)
    variance = n * (variance + margin * (1 - margin))
    if abs(gap) < 1e-12:
        return 0.0
    return gap / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, gap)


def better_of(worse: float, better: float, n: float, margin: float) -> float:
    """`constrained_better` of plain numbers.

    >>> better_of(12, 8, 100, 0.02) == float(constrained_better(12, 8, 100, 0.02))
    True
    """
    linear = margin * (2 * n - worse + better) - worse - better
    constant = -better * margin * (1 - margin)
    root = math.sqrt(max(linear * linear - 8 * n * constant, 0.0))
    return -2 * constant / (linear + root) if linear > 0 else (root - linear) / (4 * n)
