"""Judging by turns: whose judge losses are still needed, and the verdict where some were not.

The order and the shares of the error rate come from tune, so before judging it is known who is
tested first.  Whoever's turn has not come cannot be proven yet: it waits, and is not judged at all
if its turn never comes.  Whoever's turn it is may stop as hopeless, by an e-process that decides
futility only.  Both count as "not proven", which no procedure here rewards elsewhere: the tests of
all others are those that judging everybody would have made, at the same levels, and the chance of
a wrong recommendation is no larger.  Where several candidates are tested jointly (`correlated`),
the test reads all of them, so those are judged to the end; whose judging is dear and who holds no
share in the order from tune is left out of it, which is settled before judging.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modicum.decision.contest import Contest
from modicum.decision.engine import (
    check_limits,
    contest_of,
    joint_correlation,
    pair_tune,
    plan_of,
    settle_paired,
)
from modicum.decision.order import rank_by_energy, savings
from modicum.decision.paired import PairedLosses, pair
from modicum.decision.plan import Plan
from modicum.decision.running import Running, RunningComparison
from modicum.decision.verdict import Evidence, Missing, Verdict
from modicum.stats.correlated import Expected
from modicum.stats.mean import mean_interval

Floats = NDArray[np.float64]

FUTILITY = 0.05
"""A truly adequate candidate is stopped as hopeless with at most this chance."""

NO_TURN = "a candidate tested before it was not proven, or a smaller one was: its turn never came"


@dataclass(frozen=True)
class Partial:
    """Judge losses of a candidate that was not judged to the end, in the order judged.

    reference: the reference's on the same examples (zeros against a ceiling).  running: fed with
    them.  largest: examples in the largest cluster, where they come in clusters.
    """

    losses: Floats
    reference: Floats
    running: Running
    largest: int | None = None

    @property
    def hopeless(self) -> bool:
        """Whether it is shown to be worse than the margin allows."""
        return self.running.p_hopeful <= FUTILITY


UNSEEN = Partial(np.zeros(0), np.zeros(0), Running(0.5, 0.5, (), None))
"""A candidate that waits for its turn."""


class Unfinished(RunningComparison):
    """What was judged of a candidate, never enough to prove it."""

    def p_below(self, margin: float) -> float:
        """See Comparison."""
        return 1.0


@dataclass(frozen=True)
class Question:
    """What `modicum.decide` is asked, but for the judge losses; see there.

    joint: whether candidates may be tested jointly where their losses allow it.  dear: names whose
    judging is to be spared where it can be.
    """

    reference: str
    energy: Mapping[str, float | None]
    margin: float
    confidence: float
    tune: Mapping[str, ArrayLike]
    clusters: ArrayLike | None = None
    tune_clusters: ArrayLike | None = None
    slices: Mapping[str, ArrayLike] | None = None
    slice_margin: float | None = None
    ceiling: float | None = None
    joint: bool = True
    dear: frozenset[str] = frozenset()

    @property
    def limit(self) -> float:
        """The margin, or the ceiling where one is given."""
        return self.margin if self.ceiling is None else self.ceiling

    @property
    def slice_limit(self) -> float:
        """The same for slices."""
        return self.limit if self.slice_margin is None else self.slice_margin


def decide_partly(
    judge: Mapping[str, ArrayLike], partial: Mapping[str, Partial], asked: Question
) -> Verdict:
    """Decide where only `judge` holds losses of every example, the reference's among them.

    With nothing in `partial` this is `modicum.decide`.
    """
    check_limits(asked.limit, asked.confidence, asked.slice_limit)
    whole = pair(judge, asked.reference, clusters=asked.clusters, slices=asked.slices)
    own, paired = whole.reference, whole if asked.ceiling is None else whole.absolute()
    plan, names = _plan_of(paired, partial, asked)
    tail = (1 - asked.confidence) / 2
    contests = [
        _unfinished(name, partial[name], asked, tail)
        if name in partial
        else contest_of(paired, paired.names.index(name), asked.limit, asked.slice_limit, tail)
        for name in names
    ]
    verdict = settle_paired(
        paired,
        own,
        contests,
        plan,
        asked.energy,
        margin=asked.limit,
        confidence=asked.confidence,
        correlation=_correlation(paired, names) if asked.joint else None,
        absolute=asked.ceiling is not None,
    )
    return _told(verdict, partial)


def whose_turn(
    judge: Mapping[str, ArrayLike],
    partial: Mapping[str, Partial],
    waiting: Collection[str],
    asked: Question,
) -> tuple[str, ...]:
    """Those of `waiting` whose judge losses the decision needs next, smallest first.

    judge, partial: as in `decide_partly`, of everybody else.
    """
    whole = pair(judge, asked.reference, clusters=asked.clusters, slices=asked.slices)
    unseen = {**partial, **dict.fromkeys(waiting, UNSEEN)}
    plan, names = _plan_of(whole, unseen, asked)
    ranks, smaller = rank_by_energy(names, asked.reference, asked.energy)
    chain = {names[k] for k in plan.chain} & set(waiting)
    if chain and tested_together(plan, whole, asked):
        return tuple(sorted(chain, key=lambda name: ranks[name]))
    verdict = decide_partly(judge, unseen, asked)
    best = ranks.get(verdict.recommended, np.inf)
    wanted = {name for name in waiting if name in smaller and ranks[name] < best}
    order = [names[k] for k in plan.order] or list(names)
    last = max((order.index(name) for name in wanted), default=-1)
    found = [n for n in order[: last + 1] if n in waiting and verdict.evidence[n].level > 0]
    return tuple(sorted(found, key=lambda name: ranks[name]))


def tested_together(plan: Plan, judge: PairedLosses, asked: Question) -> bool:
    """Whether the chain's candidates could be tested jointly, so that none of them may stop."""
    plain = judge.clusters is None and not judge.slices and judge.binary
    return asked.joint and plain and len(plan.chain) > 1


def may_stop(name: str, judge: Mapping[str, ArrayLike], asked: Question) -> bool:
    """Whether this candidate may stop as hopeless, without changing how others are tested."""
    whole = pair(judge, asked.reference, clusters=asked.clusters, slices=asked.slices)
    others = {n: UNSEEN for n in asked.energy if n not in judge}
    plan, names = _plan_of(whole, others, asked)
    return not tested_together(plan, whole, asked) or names.index(name) not in plan.chain


def _plan_of(
    paired: PairedLosses, partial: Mapping[str, Partial], asked: Question
) -> tuple[Plan, list[str]]:
    """The plan over all candidates, in the order of `energy`, from tune alone."""
    names = [n for n in asked.energy if n != asked.reference]
    missing = set(names) ^ {*paired.names, *partial}
    if missing:
        raise KeyError(f"judge and partial losses do not cover {sorted(missing)}")
    everyone = replace(paired, names=tuple(names))
    tuned = pair_tune(asked.tune, everyone, asked.tune_clusters)
    if asked.ceiling is not None:
        tuned = tuned.absolute()
    worth = savings(names, asked.reference, asked.energy)
    plan = plan_of(paired, tuned, asked.limit, worth, 1 - asked.confidence)
    return _without(plan, {k for k, name in enumerate(names) if name in asked.dear}), names


def _without(plan: Plan, dear: Collection[int]) -> Plan:
    """The plan, with nobody dear tested jointly who holds no share."""
    kept = [i for i, k in enumerate(plan.chain) if k not in dear or plan.graph.shares[k] > 0]
    if plan.expected is None or len(kept) == len(plan.chain):
        return plan
    hoped = plan.expected
    expected = Expected(
        tuple(hoped.mean[i] for i in kept),
        tuple(tuple(hoped.covariance[i][j] for j in kept) for i in kept),
        tuple(hoped.savings[i] for i in kept),
        tuple(hoped.best[i] for i in kept),
    )
    return replace(plan, chain=tuple(plan.chain[i] for i in kept), expected=expected)


def _unfinished(name: str, partial: Partial, asked: Question, tail: float) -> Contest:
    gaps = partial.losses - partial.reference
    some = partial.losses if len(partial.losses) else np.ones(1)
    return Contest(
        name,
        float(some.mean()),
        mean_interval(some, tail),
        Unfinished(gaps, partial.running, None, partial.largest),
        {},
        asked.limit,
        asked.slice_limit,
        partial.running.e_value,
    )


def _correlation(paired: PairedLosses, names: Sequence[str]) -> Floats | None:
    """Of everybody judged to the end; the others stand alone, for no joint test reads them."""
    found = joint_correlation(paired)
    if found is None:
        return None
    at: Any = [names.index(name) for name in paired.names]
    whole = np.eye(len(names))
    whole[np.ix_(at, at)] = found
    return whole


def _told(verdict: Verdict, partial: Mapping[str, Partial]) -> Verdict:
    """The verdict, saying of everybody in `partial` why it was not judged to the end."""
    evidence = dict(verdict.evidence)
    for name, one in partial.items():
        evidence[name] = _unjudged(evidence[name], one)
    missing = [
        m if m.name not in partial else Missing(m.name, None, NO_TURN) for m in verdict.missing
    ]
    return replace(
        verdict,
        adequate={name: one.adequate for name, one in evidence.items()},
        evidence=evidence,
        missing=tuple(m for m in missing if evidence[m.name].adequate is None),
    )


def _unjudged(evidence: Evidence, partial: Partial) -> Evidence:
    count = len(partial.losses)
    if not partial.hopeless:
        return replace(
            evidence, adequate=None, reason=f"judged on {count} examples only: {NO_TURN}"
        )
    return replace(
        evidence,
        adequate=False,
        test="betting e-process on judge",
        level=FUTILITY,
        p_value=None,
        e_value=float(1 / max(partial.running.p_hopeful, 1e-300)),
        reason=f"shown on {count} examples to be worse by more than the margin: judged no further",
    )
