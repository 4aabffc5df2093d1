"""When did it get worse?  A test of "the mean loss is at most the bound" that may run for ever.

At every audit k a new bet is opened with a share w_k of the stake; the wealth of all of them
together,

    M_t = what is unspent + sum over k <= t of w_k prod over i = k..t of (1 + f (x_i / bound - 1)),

has expectation at most 1 while every x_i has a mean of at most the bound given what came before it,
because each bet has and the w_k sum to 1.  By Ville's inequality (1939) P(M ever >= 1 / alpha) <=
alpha: a bound on false alarms over the whole lifetime, not on their rate.  Opening a bet at each
moment is Shiryaev's (1963) mixture over change points; with bets instead of likelihoods it is the
weighted form of the e-detectors of Shin, Ramdas and Rinaldo (2024, NEJSDS 2, 229-260), whose
unweighted sums control the time between false alarms only.  The bets' factors are those of
Waudby-Smith and Ramdas (2024, JRSS B 86, 1-27); their fractions are mixed as in `stats.betting`.
"""

from __future__ import annotations

import math
from operator import mul

import numpy as np
from numpy.typing import NDArray

from modicum.errors import DecisionError

Losses = float | NDArray[np.float64]

FRACTIONS = (0.03, 0.065, 0.2, 0.5)
"""Shares of the largest allowed bet: f is best for a rise to bound + f (1 - bound)."""
WEIGHTS = (0.06, 0.83, 0.08, 0.03)
"""Part of the stake on each; most of it where a rise by five points from .10 lies."""
FIRST = 0.05
"""Part of the stake on the first audit: a decision that never held in production fails there."""
SCALE = 2000.0
"""The rest is spread over later starts: the part left after k audits is 1 / (1 + k / SCALE)."""
_MOST = 1e250  # wealth is capped there: an alarm long since, and products stay finite


def unspent(audits: int) -> float:
    """The part of the stake not yet bet after that many audits; it reaches 0 only for ever.

    >>> unspent(0), unspent(1), round(unspent(2001), 3)
    (1.0, 0.95, 0.475)
    """
    return 1.0 if audits < 1 else (1 - FIRST) / (1 + (audits - 1) / SCALE)


class ChangeDetector:
    """Alarms when the mean loss has risen above `bound`; wrongly with probability <= alpha, ever.

    `streams` detectors of the same bound run side by side (simulation; one in service).

    >>> detector = ChangeDetector(bound=0.1, alpha=0.05)
    >>> for loss in [0.0] * 9 + [1.0] * 9:
    ...     detector.update(loss)
    >>> detector.alarmed_at, detector.e_value > 20
    (17, True)
    """

    def __init__(self, bound: float, alpha: float, streams: int = 1) -> None:
        if not 0 < bound < 1 or not 0 < alpha < 1:
            raise DecisionError(f"bound {bound:g}, alpha {alpha:g}: both lie between 0 and 1")
        self.bound, self.alpha, self.audits = bound, alpha, 0
        self._running = np.zeros((streams, len(FRACTIONS)))
        self._fractions, self._weights = np.array(FRACTIONS), np.array(WEIGHTS)
        self._alarmed = np.zeros(streams, dtype=np.int64)

    def update(self, loss: Losses, thinning: Losses = 1.0) -> None:
        """Bet on one audited loss in [0, 1] a stream.

        thinning: the smallest probability this request could have been audited with over the one it
            was, known before the answer; it makes unequal audits count as all requests would
            (inverse probability weights, scaled so that no bet can lose more than its stake).
        """
        single = isinstance(loss, float) and isinstance(thinning, float)
        least, most = (thinning, thinning) if single else (np.min(thinning), np.max(thinning))
        if not (least > 0 and most <= 1):
            raise DecisionError(f"thinning is {thinning}: it lies above 0 and is at most 1")
        self.audits += 1
        if single and len(self._running) == 1:
            self._one(float(loss), float(thinning))
            return
        fresh = unspent(self.audits - 1) - unspent(self.audits)
        gap = np.multiply(thinning, np.divide(loss, self.bound) - 1)
        factors = 1 + np.multiply.outer(gap, self._fractions)
        self._running = np.minimum((self._running + fresh) * factors, _MOST)
        reached = (self.wealth >= 1 / self.alpha) & (self._alarmed == 0)
        self._alarmed[reached] = self.audits

    def _one(self, loss: float, thinning: float) -> None:
        """The same for a single stream, without arrays: a tenth of the time."""
        fresh = unspent(self.audits - 1) - unspent(self.audits)
        gap = thinning * (loss / self.bound - 1)
        row = [
            min((before + fresh) * (1 + gap * fraction), _MOST)
            for before, fraction in zip(self._running[0].tolist(), FRACTIONS, strict=True)
        ]
        self._running[0] = row
        wealth = unspent(self.audits) + sum(map(mul, WEIGHTS, row))
        if wealth >= 1 / self.alpha and not self._alarmed[0]:
            self._alarmed[0] = self.audits

    @property
    def wealth(self) -> NDArray[np.float64]:
        """The e-value of each stream."""
        found: NDArray[np.float64] = self._running @ self._weights + unspent(self.audits)
        return found

    @property
    def e_value(self) -> float:
        """Evidence against "the mean is at most the bound"; an alarm at 1 / alpha."""
        return float(self.wealth[0])

    @property
    def alarmed_at(self) -> int | None:
        """The audit at which it first reached the threshold; None while it has not."""
        return int(self._alarmed[0]) or None

    @property
    def alarms(self) -> NDArray[np.int64]:
        """The audit of the first alarm of each stream, 0 for none."""
        return self._alarmed

    @property
    def nearness(self) -> float:
        """How far along to an alarm, on the scale of the evidence: 0 is none, 1 is the alarm."""
        return min(1.0, max(0.0, math.log(max(self.e_value, 1e-300)) / -math.log(self.alpha)))

    def release(self) -> None:
        """Close the running bets, so that what was seen so far can never feed a later alarm.

        Only the bets still to be opened go on: their sum is part of M_t, so the promise stands.
        """
        self._running[:] = 0.0
