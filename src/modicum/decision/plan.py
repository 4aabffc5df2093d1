"""Which candidates are tested in which order and at what share of the level: chosen on tune.

Tune examples are independent of judge examples, so any choice made from them is free: whatever the
order and the shares, the fallback procedure (Wiens, 2003) keeps the family-wise error on judge.
The shares are those that save most energy on average over worlds that the tune losses leave
possible; random numbers serve this choice only and never decide whether something is proven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from modicum.decision.paired import PairedLosses
from modicum.decision.rules import compare
from modicum.stats.multiplicity import Graph, fallback, fixed_sequence, holm

WORLDS = 500
HOPELESS = 0.93
"""Tune p-values above this (1.5 standard errors above the margin) get no share of the level."""


@dataclass(frozen=True)
class Plan:
    """A graph over the candidates, by position, with the reason for it."""

    graph: Graph
    order: tuple[int, ...]
    why: str


def plan_without_tune(size: int) -> Plan:
    """Holm: no data but the judge examples may say which candidate comes first."""
    return Plan(holm(size), (), "no tune losses to order the candidates by, so each gets a share")


def plan_by_p_values(p: Sequence[float], savings: Sequence[float]) -> Plan:
    """Fixed sequence, most promising on tune first, passing over what a proof would not improve."""
    chain, rest = _promising_first(p, savings)
    order = (*chain, *rest)
    why = "tune losses, independent of the judge examples, give the order free of charge"
    return Plan(fixed_sequence(order, len(p)), order, why)


def plan_from_tune(
    tune: PairedLosses, margin: float, savings: Sequence[float], n_judge: int, alpha: float
) -> Plan:
    """Fallback along the promising candidates, with the shares expected to save most energy.

    n_judge: judge examples to come.  savings: worth of recommending each candidate.
    """
    if not tune.names:
        return plan_without_tune(0)
    gaps = tune.differences
    compared = [
        compare(gaps[:, k], binary=tune.binary, clusters=tune.clusters)
        for k in range(len(tune.names))
    ]
    p = [found.p_below(margin) for found in compared]
    chain, rest = _promising_first(p, savings)
    hopeful = [k for k in chain if p[k] < HOPELESS] or chain[:1] or rest[:1]
    order = (*hopeful, *(k for k in (*chain, *rest) if k not in hopeful))
    spread = np.sqrt([found.variance for found in compared])
    possible = _possible_p_values(gaps, spread, margin, n_judge)
    shares = _best_shares(possible[:, hopeful] / alpha, np.asarray(savings)[hopeful])
    graph = fallback(order, [*shares, *([0.0] * (len(order) - len(hopeful)))], len(p))
    why = "order and shares of the error rate come from tune, which is independent of judge"
    return Plan(graph, order, why)


def _promising_first(p: Sequence[float], savings: Sequence[float]) -> tuple[list[int], list[int]]:
    """By p-value on tune; a candidate behind a more promising and smaller one goes to the end.

    Testing it could stop the sequence and could not change what is recommended.
    """
    chain, rest, best = [], [], 0.0
    for k in sorted(range(len(p)), key=lambda k: (p[k], -savings[k])):
        if savings[k] > best:
            chain.append(k)
            best = savings[k]
        else:
            rest.append(k)
    return chain, rest


def _possible_p_values(
    gaps: NDArray[np.float64], spread: NDArray[np.float64], margin: float, n_judge: int
) -> NDArray[np.float64]:
    """Judge p-values, shape (worlds, candidates), as the tune losses let one expect them."""
    rng = np.random.default_rng(0)
    n = len(gaps)
    centred = (gaps - gaps.mean(axis=0)) / spread
    correlation = centred.T @ centred / n
    np.fill_diagonal(correlation, 1.0)
    root = np.linalg.cholesky(correlation + 1e-6 * np.eye(len(spread)))
    noise = rng.standard_normal((WORLDS, len(spread))) @ root.T
    z = (gaps.mean(axis=0) - margin) / spread * np.sqrt(n_judge)
    found: NDArray[np.float64] = ndtr(z + np.sqrt(1 + n_judge / n) * noise)
    return found


def _best_shares(
    p: NDArray[np.float64], savings: NDArray[np.float64], sweeps: int = 2
) -> list[float]:
    """Shares along the chain by coordinate search; p is in units of alpha."""
    size = p.shape[1]
    starts = [np.array([max(e, 1e-9) ** i for i in range(size)]) for e in (0, 0.1, 0.2, 0.3, 0.5)]
    shares = max((s / s.sum() for s in starts), key=lambda s: _expected_saving(p, s, savings))
    best = _expected_saving(p, shares, savings)
    for _ in range(sweeps if size > 1 else 0):
        for at in range(size):
            for factor, extra in ((0.0, 0.0), (0.5, 0.0), (2.0, 0.03), (4.0, 0.03)):
                trial = shares.copy()
                trial[at] = trial[at] * factor + extra
                trial /= max(trial.sum(), 1e-12)
                value = _expected_saving(p, trial, savings)
                if value > best + 1e-4:
                    shares, best = trial, value
    return [float(s) for s in shares]


def _expected_saving(p: Any, shares: Any, savings: Any) -> float:
    """Mean worth of the last candidate proven, over the possible worlds."""
    held, won = np.zeros(len(p)), np.zeros(len(p))
    for at, share in enumerate(shares):
        held = held + share
        proven = p[:, at] <= held
        won = np.where(proven, savings[at], won)
        held = np.where(proven, held, 0.0)
    return float(won.mean())
