"""What the tune losses leave possible: differences of the candidates, and judge p-values of them.

A normal model of the tune means with their covariance, over candidates that lie about a trend: the
more a candidate saves, the worse it may do.  Trend and scatter have wide priors (scatter:
half-Cauchy, Gelman 2006, "Prior distributions for variance parameters in hierarchical models"), so
tune itself says how far a candidate is drawn towards the others.  Worlds serve planning only: they
never decide whether anything is proven.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]
WORLDS = 2048
SCATTERS = np.geomspace(0.003, 0.2, 12)
"""Standard deviations of a candidate about the trend."""
SCALE = 0.05
"""Scatter to expect: the half-Cauchy's scale.  Differences of losses in [0, 1] of models that
anybody would compare lie within a few of it."""
LEVEL, SLOPE = 0.3, 0.1
"""Prior standard deviations of the trend's level, and of its change over one standard deviation of
what candidates save."""


def possible_p_values(
    gaps: Floats, spread: Floats, savings: Floats, margin: float, n_judge: int
) -> Floats:
    """P-values on `n_judge` judge examples, shape (worlds, candidates).

    gaps: differences on tune, shape (n, candidates).  spread: standard deviation of one difference,
    design effect included.  The same losses always give the same worlds.
    """
    rng = np.random.default_rng(0)
    size, n = len(spread), len(gaps)
    covariance = _correlation(gaps, spread) * np.outer(spread, spread)
    truths = _truths(gaps.mean(axis=0), covariance / n, savings, rng)
    seen = truths + _normal(rng, WORLDS, size) @ _root(covariance / n_judge).T
    found: Floats = ndtr((seen - margin) / (spread / np.sqrt(n_judge)))
    return found


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
