"""Where a judge model scored every example and people only some: prediction-powered decisions.

Angelopoulos, A. N., Bates, S., Fannjiang, C., Jordan, M. I. and Zrnic, T. (2023).
Prediction-powered inference. Science 382, 669-674; with the weight of the judge model tuned to the
data (PPI++, Angelopoulos, Duchi and Zrnic, 2023).  The labelled examples must be a random part of
all.  The promise is about the losses that people gave, not those of the judge model; it is
asymptotic in the number of labelled examples (at least 100).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

from modicum.decision.contest import Contest
from modicum.decision.engine import check_limits
from modicum.decision.paired import PairedLosses, pair
from modicum.decision.plan import plan_without_tune
from modicum.decision.settle import reference_evidence, settle
from modicum.decision.verdict import Verdict
from modicum.errors import DecisionError
from modicum.stats.interval import Interval
from modicum.stats.mean import mean_interval

Floats = NDArray[np.float64]
MINIMUM_LABELLED = 100
TEST = "prediction-powered (asymptotic)"


def decide_judged(
    scored: Mapping[str, ArrayLike],
    gold: Mapping[str, ArrayLike],
    labelled: ArrayLike,
    reference: str,
    energy: Mapping[str, float | None] | None = None,
    margin: float = 0.02,
    confidence: float = 0.95,
) -> Verdict:
    """Like `decide`, from a judge model's losses on all examples and people's on some.

    scored: losses by name that the judge model gave, paired.  labelled: which examples people
    scored too (boolean, as long as the losses); gold: their losses, in that order.  Raises
    DecisionError as `decide` does, and for fewer than 100 labelled examples.
    """
    check_limits(margin, confidence, margin)
    seen = pair(scored, reference)
    mask = np.asarray(labelled, dtype=bool)
    true = pair(gold, reference, split="gold")
    _check(seen, true, mask)
    tail = (1 - confidence) / 2
    contests = []
    for k, name in enumerate(seen.names):
        gaps = true.differences[:, true.names.index(name)]
        whole = PredictionPowered(seen.differences[:, k], gaps, mask)
        own = true.losses[:, true.names.index(name)]
        loss, interval = float(own.mean()), mean_interval(own, tail)
        contests.append(Contest(name, loss, interval, whole, {}, margin, margin))
    benchmark = reference_evidence(
        reference, len(true), float(true.reference.mean()), mean_interval(true.reference, tail)
    )
    plan = plan_without_tune(len(contests))
    return settle(
        contests, benchmark, plan, energy, test=TEST, margin=margin, confidence=confidence
    )


class PredictionPowered:
    """Difference by people's scores, sharpened by the judge model's; `bias` is its own error.

    estimate = mean(gold) + w (mean(judge, not labelled) - mean(judge, labelled)), with the w in
    [0, 1] of least variance.

    >>> gaps = np.array([0.0, 1.0, 0.0, -1.0] * 100)
    >>> found = PredictionPowered(gaps, gaps[:200], np.arange(400) < 200)
    >>> found.mean, found.bias
    (0.0, 0.0)
    """

    test = TEST

    def __init__(self, seen: Floats, gold: Floats, labelled: NDArray[np.bool_]) -> None:
        beside, rest = seen[labelled], seen[~labelled]
        self.n, m = len(seen), len(gold)
        self.bias = float(beside.mean() - gold.mean())
        spread = _shrunk(seen, seen)
        share = m / max(len(rest), 1)
        together = _shrunk(gold, beside) if len(rest) else 0.0
        weight = float(np.clip(together / (spread * (1 + share)), 0.0, 1.0)) if len(rest) else 0.0
        self.mean = float(gold.mean())
        if len(rest):
            self.mean += weight * float(rest.mean() - beside.mean())
        left = gold - weight * beside
        residual = _shrunk(left, left)
        self._error = residual / m + (weight**2 * spread / len(rest) if len(rest) else 0.0)
        self._freedom = m - 1
        self.variance = self._error * self.n

    def p_below(self, margin: float) -> float:
        """P-value of H0: E[difference by people's scores] >= margin."""
        return float(stdtr(self._freedom, (self.mean - margin) / np.sqrt(self._error)))

    def p_above(self, margin: float) -> float:
        """P-value of H0: E[difference by people's scores] <= margin."""
        return float(stdtr(self._freedom, (margin - self.mean) / np.sqrt(self._error)))

    def interval(self, tail: float) -> Interval:
        """Margins that neither test at level `tail` rejects."""
        reach = -float(stdtrit(self._freedom, tail)) * float(np.sqrt(self._error))
        return Interval(self.mean - reach, self.mean + reach, tail)


def _shrunk(a: Floats, b: Floats) -> float:
    """Covariance, as if three more examples had disagreed where both are the same."""
    extra = 3.0 if a is b else 0.0
    return float(((a - a.mean()) @ (b - b.mean()) + extra) / (len(a) + extra))


def _check(seen: PairedLosses, true: PairedLosses, mask: NDArray[np.bool_]) -> None:
    if mask.shape != (len(seen),):
        raise DecisionError(
            f"labelled has shape {mask.shape} for {len(seen)} examples: give one flag each"
        )
    if int(mask.sum()) != len(true):
        raise DecisionError(
            f"{int(mask.sum())} examples are labelled, gold has {len(true)} losses: give one each"
        )
    if len(true) < MINIMUM_LABELLED:
        raise DecisionError(f"{len(true)} examples are labelled: label at least {MINIMUM_LABELLED}")
    absent = sorted(set(seen.names) - set(true.names))
    if absent:
        raise DecisionError(f"gold has no losses of {absent[0]!r}: label every candidate's answers")
