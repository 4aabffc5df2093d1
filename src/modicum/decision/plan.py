"""Which candidates are tested in which order and at what share of the level: chosen on tune.

Tune examples are independent of judge examples, so any choice made from them is free: whatever the
order and the shares, the fallback procedure (Wiens, 2003) keeps the family-wise error on judge.
The shares are those that save most energy on average over worlds that the tune losses leave
possible (`worlds`, `shares`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modicum.decision.paired import PairedLosses
from modicum.decision.rules import compare
from modicum.decision.shares import best_chain
from modicum.decision.worlds import possible_worlds, worlds_without_tune
from modicum.stats.correlated import LARGEST, Expected
from modicum.stats.multiplicity import Graph, fallback, fixed_sequence, holm


@dataclass(frozen=True)
class Plan:
    """A graph over the candidates, by position, with the reason for it.

    chain: those to test jointly where that is possible, and what to expect of them.
    """

    graph: Graph
    order: tuple[int, ...]
    why: str
    chain: tuple[int, ...] = ()
    expected: Expected | None = None


def plan_without_tune(size: int) -> Plan:
    """Holm: no data but the judge examples may say which candidate comes first."""
    return Plan(holm(size), (), "no tune losses to order the candidates by, so each gets a share")


def plan_from_prior(
    spread: Sequence[float], margin: float, savings: Sequence[float], n_judge: int
) -> Plan:
    """Without tune, joint tests at what can be expected of candidates by their savings alone.

    spread: standard deviations of one judge difference, the unit of what is expected.
    """
    size, worth = len(spread), np.asarray(savings, dtype=float)
    if not 1 < size <= LARGEST:
        return plan_without_tune(size)
    possible = worlds_without_tune(np.asarray(spread), worth, margin, n_judge)
    chain = tuple(sorted(range(size), key=lambda k: (worth[k], k)))
    why = "no tune losses, so only what candidates save says where the power lies"
    return Plan(holm(size), (), why, chain, possible.expected(chain, worth))


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
    gaps, worth = tune.differences, np.asarray(savings, dtype=float)
    compared = [
        compare(gaps[:, k], binary=tune.binary, clusters=tune.clusters)
        for k in range(len(tune.names))
    ]
    p = [found.p_below(margin) for found in compared]
    promising, rest = _promising_first(p, savings)
    if not promising:
        return plan_by_p_values(p, savings)
    spread = np.sqrt([found.variance for found in compared])
    possible = possible_worlds(gaps, spread, worth, margin, n_judge)
    chain = best_chain(possible.p / alpha, savings)
    order = (*chain.order, *(k for k in (*promising, *rest) if k not in chain.order))
    shares = [*chain.shares, *([0.0] * (len(order) - len(chain.order)))]
    why = "order and shares of the error rate come from tune, which is independent of judge"
    joint = possible.together(chain.order, worth, alpha)
    expected = possible.expected(joint, worth)
    return Plan(fallback(order, shares, len(p)), order, why, joint, expected)


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
