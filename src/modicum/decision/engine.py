"""The decision: the smallest candidate that is proven to do as well as the reference.

Promise: P(the recommended candidate is worse than the reference by `margin` or more) is at most
1 - confidence, whatever the number of candidates, for the whole and for every named slice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modicum.decision.contest import Contest
from modicum.decision.order import savings
from modicum.decision.paired import PairedLosses, pair
from modicum.decision.plan import Plan, plan_from_prior, plan_from_tune, plan_without_tune
from modicum.decision.rules import compare, test_name
from modicum.decision.settle import reference_evidence, settle
from modicum.decision.untouched import share_untouched
from modicum.decision.verdict import Verdict
from modicum.decision.worlds import correlation_of
from modicum.errors import DecisionError
from modicum.stats.mean import mean_interval

FEWEST_DISAGREEMENTS = 20
"""With fewer, p-values move in steps too coarse to be called jointly normal."""


def decide(
    judge: Mapping[str, ArrayLike],
    reference: str,
    energy: Mapping[str, float | None] | None = None,
    margin: float = 0.02,
    confidence: float = 0.95,
    tune: Mapping[str, ArrayLike] | None = None,
    tune_untouched: bool = False,
    clusters: ArrayLike | None = None,
    slices: Mapping[str, ArrayLike] | None = None,
    slice_margin: float | None = None,
    *,
    tune_clusters: ArrayLike | None = None,
    ceiling: float | None = None,
) -> Verdict:
    """Decide from paired losses in [0, 1] which candidate to run.

    judge: losses by name, the reference among them, paired by position.
    energy: joules per request by name; without it the order of `judge` counts as small to large
        (see `order`).
    tune: losses on other examples, to order the candidates by; where nothing inside a candidate was
        chosen on them (`tune_untouched`), they join judge, all or part, unless there are slices.
    clusters, tune_clusters: one label an example where examples come in groups.
    ceiling: instead of a margin: adequate is a mean loss below it, whatever the reference's is.
    slices: labels by column; every value of every column is held to `slice_margin` (default:
        `margin`, or `ceiling`).

    Raises DecisionError for losses it cannot decide on.

    >>> import numpy as np
    >>> right, wrong = np.zeros(1000), np.ones(1000)
    >>> decide({"rule": wrong, "small": right, "large": right}, reference="large").recommended
    'small'
    """
    margin = margin if ceiling is None else ceiling
    slice_margin = margin if slice_margin is None else slice_margin
    check_limits(margin, confidence, slice_margin)
    paired = pair(judge, reference, clusters=clusters, slices=slices)
    tuned = None if tune is None else pair_tune(tune, paired, tune_clusters)
    own = paired.reference
    if ceiling is not None:
        paired, tuned = paired.absolute(), None if tuned is None else tuned.absolute()
    if tuned is not None and tune_untouched and not slices:
        tuned, paired = share_untouched(tuned, paired)
    worth = savings(paired.names, reference, energy)
    tail = (1 - confidence) / 2
    contests = [contest_of(paired, k, margin, slice_margin, tail) for k in range(len(paired.names))]
    correlation = joint_correlation(paired)
    spread = [math.sqrt(contest.whole.variance) for contest in contests]
    plan = plan_of(
        paired, tuned, margin, worth, 1 - confidence, None if correlation is None else spread
    )
    return settle_paired(
        paired,
        own,
        contests,
        plan,
        energy,
        margin=margin,
        confidence=confidence,
        correlation=correlation,
        absolute=ceiling is not None,
    )


def settle_paired(
    paired: PairedLosses,
    own: NDArray[np.float64],
    contests: Sequence[Contest],
    plan: Plan,
    energy: Mapping[str, float | None] | None,
    *,
    margin: float,
    confidence: float,
    correlation: NDArray[np.float64] | None,
    absolute: bool,
) -> Verdict:
    """The verdict on contests over paired losses.

    own: the losses of the reference itself.  absolute: `margin` is a ceiling.
    """
    benchmark = reference_evidence(
        paired.reference_name,
        len(own),
        float(own.mean()),
        mean_interval(own, (1 - confidence) / 2),
        absolute=absolute,
    )
    return settle(
        [replace(contest, absolute=True) for contest in contests] if absolute else contests,
        benchmark,
        plan,
        energy,
        test=test_name(binary=paired.binary, clustered=paired.clusters is not None),
        margin=margin,
        confidence=confidence,
        correlation=correlation,
    )


def joint_correlation(paired: PairedLosses) -> NDArray[np.float64] | None:
    """Correlation of the candidates' statistics where they are nearly jointly normal, else None.

    Not with slices (the worst one speaks), graded losses (betting) or clusters (few of them may
    carry all), nor where a candidate disagrees with the reference on too few examples.
    """
    plain = paired.binary and paired.clusters is None and not paired.slices
    if not plain or not paired.names:
        return None
    gaps = paired.differences
    if int(np.abs(gaps).sum(axis=0).min()) < FEWEST_DISAGREEMENTS:
        return None
    return correlation_of(gaps)


def check_limits(margin: float, confidence: float, slice_margin: float) -> None:
    """Raise DecisionError for a margin outside (0, 1) or a confidence outside (0.5, 1)."""
    _check_share("margin", margin, 0.0, 1.0)
    _check_share("confidence", confidence, 0.5, 1.0)
    _check_share("slice_margin", slice_margin, 0.0, 1.0)


def contest_of(
    paired: PairedLosses, k: int, margin: float, slice_margin: float, tail: float
) -> Contest:
    """The k-th candidate against the reference; tail: of the interval of its own loss."""
    gaps, binary, clusters = paired.differences[:, k], paired.binary, paired.clusters
    parts = {
        name: compare(
            gaps[mask], binary=binary, clusters=None if clusters is None else clusters[mask]
        )
        for name, mask in paired.slices.items()
    }
    whole = compare(gaps, binary=binary, clusters=clusters)
    loss = paired.losses[:, k]
    return Contest(
        paired.names[k],
        float(loss.mean()),
        mean_interval(loss, tail),
        whole,
        parts,
        margin,
        slice_margin,
    )


def plan_of(
    paired: PairedLosses,
    tuned: PairedLosses | None,
    margin: float,
    worth: Sequence[float],
    alpha: float,
    spread: Sequence[float] | None = None,
) -> Plan:
    """The plan from tune, else from what can be expected of candidates that are tested jointly.

    spread: without tune, the standard deviation of each one's differences; None: not jointly.
    """
    if tuned is not None:
        return plan_from_tune(tuned, margin, worth, len(paired), alpha)
    if spread is not None:
        return plan_from_prior(spread, margin, worth, len(paired))
    return plan_without_tune(len(paired.names))


def pair_tune(
    tune: Mapping[str, ArrayLike], judge: PairedLosses, clusters: ArrayLike | None
) -> PairedLosses:
    """Tune losses of everybody judged; raises DecisionError where one lacks them."""
    wanted = (*judge.names, judge.reference_name)
    absent = [name for name in wanted if name not in tune]
    if absent:
        raise DecisionError(
            f"tune has no losses of {absent[0]!r}: give those of every judged name, or no tune"
        )
    kept = {name: tune[name] for name in wanted}
    return pair(kept, judge.reference_name, clusters=clusters, split="tune")


def _check_share(what: str, value: float, low: float, high: float) -> None:
    if not low < value < high:
        raise DecisionError(f"{what} is {value:g}: give a number between {low:g} and {high:g}")
