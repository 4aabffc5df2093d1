"""What the tune losses leave possible: differences of the candidates, and judge p-values of them.

A normal model of the tune means with their covariance (without tune: the prior alone), over
candidates that lie about a trend: the
more a candidate saves, the worse it may do.  Trend and scatter have wide priors (scatter:
half-Cauchy, Gelman 2006, "Prior distributions for variance parameters in hierarchical models"), so
tune itself says how far a candidate is drawn towards the others.  Worlds serve planning only: they
never decide whether anything is proven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from modicum.stats.correlated import LARGEST, Expected

Floats = NDArray[np.float64]
WORLDS = 2048
LIKELY = 0.01
"""Chance below which a candidate is not worth reading in a joint test: of 1,000 simulated tasks it
found as many with every one (.519 either way), with 3.6 instead of 7 of 7 tested."""
SCATTERS = np.geomspace(0.003, 0.2, 12)
"""Standard deviations of a candidate about the trend."""
SCALE = 0.05
"""Scatter to expect: the half-Cauchy's scale.  Differences of losses in [0, 1] of models that
anybody would compare lie within a few of it."""
UNKNOWN = 1e6
"""Variance of a tune mean where there is no tune."""
LEVEL, SLOPE = 0.3, 0.1
"""Prior standard deviations of the trend's level, and of its change over one standard deviation of
what candidates save."""


@dataclass(frozen=True)
class Worlds:
    """True differences from the margin, and p-values on judge; both (worlds, candidates).

    The differences are in standard errors on judge.
    """

    distance: Floats
    p: Floats

    def expected(self, chain: Sequence[int], savings: Floats) -> Expected:
        """What to expect of these candidates' statistics."""
        chosen, first = list(chain), self._first(savings)
        distance = self.distance[:, chosen]
        return Expected(
            tuple(float(v) for v in distance.mean(axis=0)),
            tuple(tuple(float(v) for v in row) for row in np.atleast_2d(np.cov(distance.T))),
            tuple(float(savings[k]) for k in chosen),
            tuple(float((first == k).mean()) for k in chosen),
        )

    def together(self, chain: Sequence[int], savings: Floats, alpha: float) -> tuple[int, ...]:
        """Up to LARGEST candidates to test jointly, by saving: the chain, and the next likely.

        Likely: to be the first that is adequate, and proven at alpha, in LIKELY of the worlds.  The
        others would add nothing to the test and would have to be judged to the end for it.
        """
        first = self._first(savings)[:, None] == np.arange(len(savings))
        found = (first & (self.p <= alpha)).mean(axis=0)
        others = sorted((k for k in range(len(found)) if k not in chain), key=lambda k: -found[k])
        likely = [k for k in others if savings[k] > 0 and found[k] >= LIKELY]
        chosen = [*chain, *likely][:LARGEST]
        return tuple(sorted(chosen, key=lambda k: (savings[k], k)))

    def _first(self, savings: Floats) -> NDArray[np.int64]:
        """The adequate candidate of most saving in each world; -1 where there is none."""
        order = np.argsort(-savings, kind="stable")
        good = self.distance[:, order] < 0
        return np.where(good.any(axis=1), order[good.argmax(axis=1)], -1)


def possible_worlds(
    gaps: Floats, spread: Floats, savings: Floats, margin: float, n_judge: int
) -> Worlds:
    """Worlds in which the candidates are judged on `n_judge` examples.

    gaps: differences on tune, shape (n, candidates).  spread: standard deviation of one difference,
    design effect included.  The same losses always give the same worlds.
    """
    rng = np.random.default_rng(0)
    covariance = _correlation(gaps, spread) * np.outer(spread, spread)
    truths = _truths(gaps.mean(axis=0), covariance / len(gaps), savings, rng)
    return _judged(truths, covariance, spread, margin, n_judge, rng)


def worlds_without_tune(spread: Floats, savings: Floats, margin: float, n_judge: int) -> Worlds:
    """Worlds of the prior alone, about differences of 0; p-values as if candidates erred apart."""
    rng, size = np.random.default_rng(0), len(spread)
    truths = _truths(np.zeros(size), UNKNOWN * np.eye(size), savings, rng)
    return _judged(truths, np.diag(spread**2), spread, margin, n_judge, rng)


def _judged(
    truths: Floats,
    covariance: Floats,
    spread: Floats,
    margin: float,
    n_judge: int,
    rng: np.random.Generator,
) -> Worlds:
    noise, error = _normal(rng, *truths.shape) @ _root(covariance / n_judge).T, np.sqrt(n_judge)
    distance = (truths - margin) * error / spread
    return Worlds(distance, ndtr(distance + noise * error / spread))


def correlation_of(gaps: Floats) -> Floats:
    """Correlation of differences, shape (candidates, candidates); 0 where one never varies."""
    spread = np.sqrt(gaps.var(axis=0) + 1 / (len(gaps) + 1) ** 2)
    return _correlation(gaps, spread)


def _correlation(gaps: Floats, spread: Floats) -> Floats:
    centred = (gaps - gaps.mean(axis=0)) / spread
    found: Floats = centred.T @ centred / len(gaps)
    scale = np.sqrt(np.maximum(np.diag(found), 1.0))
    found = found / np.outer(scale, scale)
    np.fill_diagonal(found, 1.0)
    return found


def _truths(means: Floats, error: Floats, savings: Floats, rng: np.random.Generator) -> Floats:
    """True differences, shape (worlds, candidates), drawn given the tune means."""
    size, priors, logs = len(means), [], []
    trend = np.column_stack([np.ones(size), _standardised(savings)])
    shared = trend @ np.diag([LEVEL**2, SLOPE**2]) @ trend.T
    for scatter in SCATTERS:
        prior = scatter**2 * np.eye(size) + shared
        root = np.linalg.cholesky(prior + error)
        left = np.linalg.solve(root, means)
        density = np.log(scatter) - np.log1p((scatter / SCALE) ** 2)
        logs.append(density - np.log(np.diag(root)).sum() - left @ left / 2)
        priors.append(prior)
    weights = np.exp(np.array(logs) - max(logs))
    ends = np.round(np.cumsum(weights / weights.sum()) * WORLDS).astype(int)
    noise, drawn, start = _normal(rng, WORLDS, size), np.empty((WORLDS, size)), 0
    for end, prior in zip(ends, priors, strict=True):
        gain = np.linalg.solve(prior + error, prior).T
        drawn[start:end] = means @ gain.T + noise[start:end] @ _root(prior - gain @ prior).T
        start = max(start, end)
    return drawn


def _standardised(values: Floats) -> Floats:
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 0 else np.zeros(len(values))


def _normal(rng: np.random.Generator, count: int, size: int) -> Any:
    """Standard normal numbers; every column evenly filled (Latin hypercube, McKay et al. 1979)."""
    ranks = rng.permuted(np.tile(np.arange(count), (size, 1)), axis=1).T
    return ndtri((ranks + rng.uniform(size=(count, size))) / count)


def _root(covariance: Floats) -> Any:
    return np.linalg.cholesky((covariance + covariance.T) / 2 + 1e-12 * np.eye(len(covariance)))
