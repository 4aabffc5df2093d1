"""Which candidates are tested in which order: chosen on tune, before judge is looked at.

Tune examples are independent of judge examples, so any choice made from them is free: whatever the
order, a fixed sequence keeps the family-wise error on judge at its level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modicum.decision.paired import PairedLosses
from modicum.decision.rules import compare
from modicum.stats.multiplicity import Graph, fixed_sequence, holm


@dataclass(frozen=True)
class Plan:
    """A graph over the candidates, by position, with the reason for it."""

    graph: Graph
    order: tuple[int, ...]
    why: str


def plan_without_tune(size: int) -> Plan:
    """Holm: no data but the judge examples may say which candidate comes first."""
    return Plan(holm(size), (), "no tune losses to order the candidates by, so each gets a share")


def plan_from_tune(tune: PairedLosses, margin: float, savings: Sequence[float]) -> Plan:
    """The order that tune losses give (see `plan_by_p_values`)."""
    gaps = tune.differences
    p = [
        compare(gaps[:, k], binary=tune.binary, clusters=tune.clusters).p_below(margin)
        for k in range(len(tune.names))
    ]
    return plan_by_p_values(p, savings)


def plan_by_p_values(p: Sequence[float], savings: Sequence[float]) -> Plan:
    """Fixed sequence, most promising on tune first, passing over what a proof would not improve.

    A candidate behind a more promising one that also uses less is moved to the end: testing it
    could stop the sequence and could not change what is recommended.
    """
    useful, rest, best = [], [], 0.0
    for k in sorted(range(len(p)), key=lambda k: (p[k], -savings[k])):
        if savings[k] > best:
            useful.append(k)
            best = savings[k]
        else:
            rest.append(k)
    order = (*useful, *rest)
    why = "tune losses, independent of the judge examples, give the order free of charge"
    return Plan(fixed_sequence(order, len(p)), order, why)
