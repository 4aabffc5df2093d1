"""Interval of a mean of losses in [0, 1]."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from modicum.stats.betting import betting_interval
from modicum.stats.interval import Interval
from modicum.stats.proportion import clopper_pearson


def mean_interval(losses: ArrayLike, tail: float = 0.05) -> Interval:
    """Finite-sample interval of the mean of independent losses in [0, 1].

    Exact (Clopper-Pearson) for 0/1 losses, by betting for graded ones.

    >>> round(mean_interval([0.0] * 59).high, 4)
    0.0495
    """
    x = np.asarray(losses, dtype=float)
    if bool(np.all((x == 0) | (x == 1))):
        return clopper_pearson(int(x.sum()), len(x), tail)
    return betting_interval(x, tail, low=0.0, high=1.0)
