"""Tune examples that no candidate was chosen or tuned on join judge: all, or those not planning.

Up to seven candidates with 0/1 losses are tested jointly, and nearly as well without a plan from
tune: more examples to judge on are worth more to them.  Others are planned on three fifths; plan
and test then rest on different examples, so the promise holds as it stands.  Where thresholds,
prompts or early stopping were chosen on tune, its losses flatter the candidates and must not be
used so.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from modicum.decision.paired import PairedLosses
from modicum.errors import DecisionError
from modicum.stats.correlated import LARGEST


def share_untouched(
    tune: PairedLosses, judge: PairedLosses
) -> tuple[PairedLosses | None, PairedLosses]:
    """(tune examples that plan if any, judge with the others added); clusters stay on one side.

    >>> from modicum.decision.paired import pair
    >>> tune, judge = (pair({"a": [0, 0.5, 1, 0, 1], "r": [0] * 5}, "r") for _ in range(2))
    >>> plan, joined = share_untouched(tune, judge)
    >>> len(plan), len(joined)
    (3, 7)
    """
    if judge.clusters is not None and tune.clusters is None:
        raise DecisionError(
            "judge has clusters and tune has none: give tune_clusters, or tune_untouched=False"
        )
    planning = _planning(tune, judge)
    clusters = None
    if judge.clusters is not None and tune.clusters is not None:
        clusters = np.concatenate(
            [judge.clusters.astype(str), tune.clusters[~planning].astype(str)]
        )
    joined = PairedLosses(
        judge.names,
        np.vstack([judge.losses, tune.losses[~planning]]),
        judge.reference_name,
        np.concatenate([judge.reference, tune.reference[~planning]]),
        clusters,
    )
    if not planning.any():
        return None, joined
    kept = None if tune.clusters is None else tune.clusters[planning]
    plan = PairedLosses(
        tune.names, tune.losses[planning], tune.reference_name, tune.reference[planning], kept
    )
    return plan, joined


def _planning(tune: PairedLosses, judge: PairedLosses) -> NDArray[np.bool_]:
    """Three of every five examples, or clusters; none where the candidates are tested jointly."""
    member = np.arange(len(tune))
    if tune.clusters is not None:
        _, member = np.unique(tune.clusters, return_inverse=True)
    elif judge.binary and tune.binary and len(judge.names) <= LARGEST:
        return np.zeros(len(tune), bool)
    planning: NDArray[np.bool_] = np.less(member % 5, 3)
    return planning
