"""Paired bootstrap for metrics of a whole set (macro-F1, balanced accuracy): asymptotic.

Efron, B. and Tibshirani, R. (1993). An Introduction to the Bootstrap, chapters 13 and 16.  Both
systems are scored on the same resampled examples; nothing here holds in finite samples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from modicum.stats.interval import Interval

Indices = NDArray[np.intp]
Loss = Callable[[Indices], float]
"""Maps example positions (repeats allowed) to one loss in [0, 1]."""


@dataclass(frozen=True)
class BootstrapDifference:
    """Difference in loss, candidate minus reference, with its resampled values (sorted)."""

    estimate: float
    resampled: NDArray[np.float64]

    def p_value(self, margin: float) -> float:
        """P-value of H0: difference >= margin against less, from a studentised normal reading.

        The larger of the normal and the percentile p-value: either alone may be too small.
        """
        spread = float(self.resampled.std(ddof=1))
        if spread == 0:
            return 0.0 if self.estimate < margin else 1.0
        normal = float(ndtr((self.estimate - margin) / spread))
        count = int(np.sum(self.resampled >= margin))
        return max(normal, (1 + count) / (1 + len(self.resampled)))

    def interval(self, tail: float = 0.05) -> Interval:
        """The wider, at each end, of the normal and the percentile interval."""
        reach = -float(ndtri(tail)) * float(self.resampled.std(ddof=1))
        low, high = (float(q) for q in np.quantile(self.resampled, [tail, 1 - tail]))
        return Interval(min(low, self.estimate - reach), max(high, self.estimate + reach), tail)


def paired_bootstrap(
    candidate: Loss,
    reference: Loss,
    n: int,
    rng: np.random.Generator,
    *,
    resamples: int = 2000,
    clusters: NDArray[np.intp] | None = None,
) -> BootstrapDifference:
    """Resample examples (or whole clusters, labelled 0, 1, ...) and score both systems on them.

    >>> wrong = np.array([0.0, 1.0] * 50)
    >>> found = paired_bootstrap(lambda i: wrong[i].mean(), lambda i: 0.5, 100,
    ...                          np.random.default_rng(1), resamples=200)
    >>> found.estimate
    0.0
    """
    draws = _resamples(n, rng, resamples, clusters)
    values = np.array([candidate(drawn) - reference(drawn) for drawn in draws])
    whole = np.arange(n)
    return BootstrapDifference(float(candidate(whole) - reference(whole)), np.sort(values))


def _resamples(
    n: int, rng: np.random.Generator, resamples: int, clusters: NDArray[np.intp] | None
) -> list[Indices]:
    if clusters is None:
        return [rng.integers(0, n, n) for _ in range(resamples)]
    members = [np.flatnonzero(clusters == label) for label in range(int(clusters.max()) + 1)]
    picks = rng.integers(0, len(members), (resamples, len(members)))
    return [np.concatenate([members[i] for i in pick]) for pick in picks]


def macro_f1_loss(labels: NDArray[np.intp], predictions: NDArray[np.intp], classes: int) -> Loss:
    """1 - macro-averaged F1 over the classes present in labels or predictions of the draw.

    A prediction of -1 is no answer: a miss of its label, and a false alarm for no class.

    >>> loss = macro_f1_loss(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), 2)
    >>> round(loss(np.arange(4)), 4)  # F1 of 2/3 and 4/5
    0.2667
    """

    def loss(drawn: Indices) -> float:
        truth, guess = labels[drawn], predictions[drawn]
        hits = np.bincount(truth[truth == guess], minlength=classes)
        said = np.bincount(guess[guess >= 0], minlength=classes)
        total = np.bincount(truth, minlength=classes) + said
        present = total > 0
        return float(1 - np.mean(2 * hits[present] / total[present]))

    return loss


def balanced_accuracy_loss(
    labels: NDArray[np.intp], predictions: NDArray[np.intp], classes: int
) -> Loss:
    """1 - mean recall over the classes present in the labels of the draw.

    >>> loss = balanced_accuracy_loss(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), 2)
    >>> loss(np.arange(4))
    0.25
    """

    def loss(drawn: Indices) -> float:
        truth, guess = labels[drawn], predictions[drawn]
        hits = np.bincount(truth[truth == guess], minlength=classes)
        total = np.bincount(truth, minlength=classes)
        present = total > 0
        return float(1 - np.mean(hits[present] / total[present]))

    return loss
