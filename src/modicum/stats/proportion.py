"""Intervals and exact tests for one proportion."""

from __future__ import annotations

import math

from scipy.special import bdtr, betaincinv, ndtri

from modicum.stats.interval import Interval


def clopper_pearson(successes: int, n: int, tail: float = 0.05) -> Interval:
    """Exact interval (Clopper and Pearson, 1934): each end errs with probability at most `tail`.

    >>> found = clopper_pearson(0, 59)
    >>> found.low, round(found.high, 4)  # "rule of three"
    (0.0, 0.0495)
    """
    low = float(betaincinv(successes, n - successes + 1, tail)) if successes > 0 else 0.0
    high = float(betaincinv(successes + 1, n - successes, 1 - tail)) if successes < n else 1.0
    return Interval(low, high, tail)


def wilson(successes: float, n: float, tail: float = 0.05) -> Interval:
    """Score interval (Wilson, 1927): approximate, shorter; counts may be fractional.

    >>> found = wilson(10, 100, tail=0.025)
    >>> round(found.low, 4), round(found.high, 4)
    (0.0552, 0.1744)
    """
    z = -float(ndtri(tail))
    share, weight = successes / n, z * z / n
    middle = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / n + weight / (4 * n)) / (1 + weight)
    return Interval(max(0.0, middle - half), min(1.0, middle + half), tail)


def binomial_p_value(successes: int, n: int, limit: float) -> float:
    """Exact one-sided p-value of H0: proportion >= limit against less.

    >>> round(binomial_p_value(0, 59, 0.05), 4)
    0.0485
    """
    return float(bdtr(successes, n, limit))
