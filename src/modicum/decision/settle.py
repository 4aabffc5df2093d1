"""From contests and a plan to a verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from modicum.decision.contest import Contest
from modicum.decision.order import rank_by_energy
from modicum.decision.plan import Plan
from modicum.decision.verdict import Evidence, Method, Missing, Verdict
from modicum.stats.correlated import reject_expected
from modicum.stats.interval import Interval
from modicum.stats.multiplicity import Rejections, holm, reject
from modicum.stats.power import examples_needed

POWER = 0.8
JOINT = "closed testing by joint likelihood ratios"
"""The name of the procedure where several candidates are tested together."""


def settle(
    contests: Sequence[Contest],
    reference: Evidence,
    plan: Plan,
    energy: Mapping[str, float | None] | None,
    *,
    test: str,
    margin: float,
    confidence: float,
    alpha: float | None = None,
    correlation: NDArray[np.float64] | None = None,
) -> Verdict:
    """Share the error rate by the plan, and recommend the smallest candidate proven adequate.

    Three families, each at 1 - confidence: adequate (by the plan), inadequate and superior (Holm).
    alpha: the part of it that this decision may spend, where that is not all.
    correlation: of the candidates' statistics, where they are jointly normal; None otherwise.
    """
    alpha = 1 - confidence if alpha is None else alpha
    p = [c.p_adequate for c in contests]
    outcome, multiplicity = reject(p, alpha, plan.graph), plan.graph.name
    if correlation is not None and plan.expected is not None and len(plan.chain) > 1:
        outcome = reject_expected(p, alpha, plan.graph, correlation, plan.chain, plan.expected)
        multiplicity = JOINT
    below = reject([c.p_inadequate for c in contests], alpha, holm(len(contests)))
    above = reject([c.p_superior for c in contests], alpha, holm(len(contests)))
    evidence = {
        c.name: c.evidence(_state(outcome, below, k), outcome.levels[k], alpha, above.rejected[k])
        for k, c in enumerate(contests)
    }
    evidence[reference.name] = reference
    adequate = {name: found.adequate for name, found in evidence.items()}
    names = [c.name for c in contests]
    ranks, smaller = rank_by_energy(names, reference.name, energy)
    proven = [name for name in names if adequate[name] and name in smaller]
    recommended = min(proven, key=lambda name: ranks[name], default=reference.name)
    order = tuple(names[k] for k in plan.order)
    ceiling = ranks.get(recommended, math.inf)
    open_ = [
        c
        for c in sorted(contests, key=lambda c: ranks[c.name])
        if adequate[c.name] is None and c.name in smaller and ranks[c.name] < ceiling
    ]
    return Verdict(
        recommended,
        reference.name,
        adequate,
        evidence,
        Method(
            multiplicity,
            plan.why,
            order,
            test,
            test != "betting",
            margin,
            confidence,
            absolute=any(c.absolute for c in contests),
        ),
        tuple(_missing(contest, 1 - confidence) for contest in open_),
    )


def reference_evidence(
    name: str, n: int, loss: float, interval: Interval, *, absolute: bool = False
) -> Evidence:
    """The reference beside its candidates: adequate by definition, but for an absolute ceiling.

    Against a ceiling it is what remains where nothing is proven; it is not tested itself.
    """
    return Evidence(
        name=name,
        n=n,
        loss=loss,
        loss_interval=interval,
        difference=0.0,
        difference_interval=Interval(0.0, 0.0, interval.tail),
        p_value=None,
        e_value=None,
        level=0.0,
        test="none",
        adequate=None if absolute else True,
        superior=False,
        reason="what remains where nothing smaller is proven; not tested against the ceiling"
        if absolute
        else "the reference is adequate by definition",
    )


def _state(outcome: Rejections, below: Rejections, k: int) -> bool | None:
    if outcome.rejected[k]:
        return True
    return False if below.rejected[k] else None


def _missing(contest: Contest, alpha: float) -> Missing:
    """The part (whole or slice) that asks for most decides; slices grow with the whole."""
    parts = [("", contest.whole, contest.margin)]
    parts += [(f"on {name} ", one, contest.slice_margin) for name, one in contest.parts.items()]
    growth = []
    for where, part, margin in parts:
        if not part.n:
            return Missing(contest.name, None, "a named slice has no examples yet: judge some")
        needed = examples_needed(part.mean, part.variance, margin, alpha, POWER)
        if needed is None:
            looks = f"{where}looks {part.mean:+.3f} worse, not below the margin {margin:g}"
            if contest.absolute:
                looks = f"its loss {where}looks {part.mean:.3f}, not below the ceiling {margin:g}"
            return Missing(contest.name, None, looks)
        growth.append(needed / part.n)
    more = max(1, math.ceil((max(growth) - 1) * contest.whole.n))
    return Missing(contest.name, more, f"about {more:,} more judge examples would decide it")
