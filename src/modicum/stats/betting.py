"""Tests of a bounded mean by betting: valid at every sample size and whenever one stops.

Waudby-Smith, I. and Ramdas, A. (2024). Estimating means of bounded random variables by betting.
JRSS B 86, 1-27.  Under H0: mean >= m every wealth prod(1 + f (m - x_i) / (high - m)) with a
fraction f in [0, 1) has expectation at most 1; so has their average over a fixed grid of fractions
(a mixture: no fraction is chosen after the fact).  By Ville's inequality P(wealth ever >= 1 / a)
<= a, so 1 / wealth is a p-value at any stopping time.  The wealth grows with m, so the means that
are not rejected form an interval.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modicum.stats.interval import Interval
from modicum.stats.root import root_of_rising

FRACTIONS = (0.02, 0.07, 0.2, 0.35, 0.5, 0.65, 0.85)
"""Shares of the largest allowed bet, from cautious (noisy, near the margin) to bold."""
WEIGHTS = (0.03, 0.05, 0.08, 0.17, 0.32, 0.27, 0.08)
"""Part of the stake on each.  The best fraction is about the distance to the margin over the share
of examples where the two differ; most of the stake lies where a useful distance puts it."""


class BettingProcess:
    """Wealth against H0: mean >= `null` for several streams at once, a batch at a time.

    Values lie in [low, high].  `log_wealth` has one entry a stream: the natural logarithm of the
    current e-value; `log_peak` its running maximum (1 / exp of it is an anytime p-value).

    >>> process = BettingProcess(null=0.5, low=0.0, high=1.0, streams=1)
    >>> process.update(np.zeros((20, 1)))
    >>> bool(process.log_wealth[0] > 5)
    True
    """

    def __init__(self, null: float, low: float, high: float, streams: int = 1) -> None:
        self.null, self.low, self.high = null, low, high
        self._logs = np.zeros((streams, len(FRACTIONS)))
        self.log_peak = np.zeros(streams)
        self.count = 0

    @property
    def log_wealth(self) -> Any:
        """Logarithm of the mixture's wealth after the values seen so far, one a stream."""
        return _mix(self._logs)

    def update(self, values: NDArray[np.float64]) -> None:
        """Bet on a batch of shape (examples, streams)."""
        paths = self._logs + np.cumsum(_log_gains(values, self.null, self.high), axis=0)
        if len(paths):
            self._logs = paths[-1]
            self.log_peak = np.maximum(self.log_peak, _mix(paths).max(axis=0))
        self.count += len(values)

    def expected(self, mean: float, count: int) -> Any:
        """Logarithm of the wealth, one a stream, if `count` more values came, each low or high.

        >>> process = BettingProcess(null=0.5, low=0.0, high=1.0)
        >>> bool(process.expected(0.1, 50)[0] > process.expected(0.1, 10)[0] > 0)
        True
        """
        ends = _log_gains(np.array([[self.low], [self.high]]), self.null, self.high)[:, 0, :]
        part = (mean - self.low) / (self.high - self.low)
        return _mix(self._logs + count * ((1 - part) * ends[0] + part * ends[1]))


def betting_p_value(
    values: ArrayLike, null: float, low: float = -1.0, high: float = 1.0, *, anytime: bool = True
) -> float:
    """P-value of H0: mean >= null against less; finite-sample valid for independent values.

    `anytime` reads the largest wealth on the way (in the order given), which is valid too.

    >>> betting_p_value([0.0] * 400, 0.02) < 0.05
    True
    >>> betting_p_value([0.02] * 200, 0.02)
    1.0
    """
    logs = np.cumsum(_log_gains(np.asarray(values, dtype=float)[:, None], null, high), axis=0)
    best = _peak(logs[:, 0, :]) if anytime else float(_mix(logs[-1, 0, :]))
    return min(1.0, float(np.exp(-best)))


def betting_interval(
    values: ArrayLike, tail: float = 0.05, low: float = -1.0, high: float = 1.0
) -> Interval:
    """Means that the two one-sided betting tests at level `tail` do not reject.

    >>> found = betting_interval([0.0, 0.1] * 100, low=0.0)
    >>> 0.0 < found.low < 0.05 < found.high < 0.15
    True
    """
    x = np.asarray(values, dtype=float)
    upper = _upper_mean(x, tail, low, high)
    lower = low + high - _upper_mean(low + high - x, tail, low, high)
    return Interval(min(lower, upper), upper, tail)


def _upper_mean(x: NDArray[np.float64], tail: float, low: float, high: float) -> float:
    """Smallest mean m with H0: mean >= m rejected at `tail`, or `high`; to within 1e-6.

    Log-wealth grows about as the square of the distance, so its root is searched for a level.
    """
    target = float(np.sqrt(-np.log(tail)))

    def surplus(mean: float) -> float:
        logs = np.cumsum(_log_gains(x[:, None], mean, high), axis=0)[:, 0, :]
        return float(np.sqrt(max(_peak(logs), 0.0))) - target

    top = high - 1e-9 * (high - low)
    start = float(np.clip(x.mean(), low, top))
    if surplus(top) <= 0:
        return high
    if surplus(start) >= 0:
        start = low
        if surplus(low) >= 0:
            return low
    near = min(top, start + 3 * target * (float(x.std()) + 0.01) / np.sqrt(len(x)))
    if surplus(near) > 0:
        top = near
    return min(high, root_of_rising(surplus, start, top, 1e-6))


def _log_gains(values: NDArray[np.float64], null: float, high: float) -> Any:
    """Shape (examples, streams, fractions): log(1 + f (null - x) / (high - null))."""
    odds = (null - values) / (high - null)
    return np.log1p(odds[..., None] * np.asarray(FRACTIONS))


def _mix(logs: NDArray[np.float64]) -> Any:
    """Log of the weighted average over the last axis."""
    peak = logs.max(axis=-1)
    return peak + np.log(np.exp(logs - peak[..., None]) @ np.asarray(WEIGHTS))


def _peak(logs: NDArray[np.float64]) -> float:
    """Largest log of the weighted average over time, shape (time, fractions).

    A moment whose best fraction lies further than log(number of fractions) below the best of all
    cannot be the largest, so most need no exponential.
    """
    weighted = logs + np.log(WEIGHTS)
    best = weighted.max(axis=1)
    near = weighted[best >= best.max() - np.log(len(WEIGHTS))]
    top = float(best.max())
    return top + float(np.log(np.exp(near - top).sum(axis=1).max()))
