"""Decisions by a metric of the whole set (macro-F1, balanced accuracy): asymptotic.

Such a metric is no mean over examples, so the paired bootstrap stands in for the tests of
`rules`; the verdict says so (`method.asymptotic`, and "paired bootstrap" as the test).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modicum.decision.contest import Contest
from modicum.decision.engine import check_limits
from modicum.decision.order import savings
from modicum.decision.paired import one_each, slice_masks
from modicum.decision.plan import plan_by_p_values, plan_without_tune
from modicum.decision.settle import reference_evidence, settle
from modicum.decision.verdict import Verdict
from modicum.errors import DecisionError
from modicum.stats.bootstrap import (
    BootstrapDifference,
    Loss,
    balanced_accuracy_loss,
    macro_f1_loss,
    paired_bootstrap,
)
from modicum.stats.interval import Interval

SetLoss = Callable[[NDArray[Any], NDArray[Any]], float]
"""Maps (labels, predictions) to a loss in [0, 1]."""

BUILT_IN: Mapping[str, Callable[[NDArray[np.intp], NDArray[np.intp], int], Loss]] = {
    "macro_f1": macro_f1_loss,
    "balanced_accuracy": balanced_accuracy_loss,
}
TEST = "paired bootstrap (asymptotic)"
NO_ANSWER = ""
"""A prediction that is no class: a miss of its label, and a false alarm for no class."""


def decide_set_metric(
    judge: Mapping[str, ArrayLike],
    reference: str,
    labels: ArrayLike,
    metric: str | SetLoss = "macro_f1",
    energy: Mapping[str, float | None] | None = None,
    margin: float = 0.02,
    confidence: float = 0.95,
    tune: Mapping[str, ArrayLike] | None = None,
    tune_labels: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    slices: Mapping[str, ArrayLike] | None = None,
    slice_margin: float | None = None,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> Verdict:
    """Like `decide`, from predictions and true labels instead of losses.

    metric: "macro_f1", "balanced_accuracy", or a function of (labels, predictions) giving a loss in
    [0, 1].  An empty prediction is no answer.  Raises DecisionError as `decide` does.

    >>> truth = ["a", "b"] * 200
    >>> decide_set_metric({"small": truth, "large": truth}, "large", truth).recommended
    'small'
    """
    slice_margin = margin if slice_margin is None else slice_margin
    check_limits(margin, confidence, slice_margin)
    alpha, rng = 1 - confidence, np.random.default_rng(seed)
    scored = _Scored.of(judge, reference, labels, metric, "judge")
    member = None
    if clusters is not None:
        _, member = np.unique(one_each("clusters", clusters, len(scored)), return_inverse=True)
    masks = slice_masks(slices or {}, len(scored))
    contests = []
    for name in scored.names:
        whole = scored.compare(name, rng, resamples, member)
        parts = {at: scored.compare(name, rng, resamples, member, m) for at, m in masks.items()}
        loss, interval = scored.own(name, rng, resamples, member, alpha / 2)
        contests.append(Contest(name, loss, interval, whole, parts, margin, slice_margin))
    loss, interval = scored.own(reference, rng, resamples, member, alpha / 2)
    plan = plan_without_tune(len(contests))
    if tune is not None:
        if tune_labels is None:
            raise DecisionError("tune predictions have no tune_labels: give the true ones too")
        tuned = _Scored.of(tune, reference, tune_labels, metric, "tune")
        _same_names(tuned, scored)
        p = [tuned.compare(name, rng, resamples, None).p_below(margin) for name in scored.names]
        plan = plan_by_p_values(p, savings(scored.names, reference, energy))
    benchmark = reference_evidence(reference, len(scored), loss, interval)
    return settle(
        contests, benchmark, plan, energy, test=TEST, margin=margin, confidence=confidence
    )


class _BootstrapComparison:
    """A bootstrapped difference in the shape that contests read."""

    test = TEST

    def __init__(self, found: BootstrapDifference, n: int) -> None:
        self.n, self.mean = n, found.estimate
        self.variance = max(n * float(found.resampled.var(ddof=1)), 1 / (n + 1))
        self._found = found

    def p_below(self, margin: float) -> float:
        return max(self._found.p_value(margin), (1 - margin) ** self.n if margin > 0 else 0.0)

    def p_above(self, margin: float) -> float:
        mirrored = BootstrapDifference(-self._found.estimate, -self._found.resampled[::-1])
        return mirrored.p_value(-margin)

    def interval(self, tail: float) -> Interval:
        return self._found.interval(tail)


@dataclass(frozen=True)
class _Scored:
    """Predictions of several candidates, and the loss that a draw of examples gives each."""

    reference: str
    names: tuple[str, ...]
    size: int
    losses: Mapping[str, Loss]

    @classmethod
    def of(
        cls,
        predictions: Mapping[str, ArrayLike],
        reference: str,
        labels: ArrayLike,
        metric: str | SetLoss,
        split: str,
    ) -> _Scored:
        truth = np.asarray(labels).astype(str)
        if reference not in predictions or not len(truth):
            raise DecisionError(
                f"reference {reference!r} has no {split} predictions: name one that has some"
            )
        given = {name: np.asarray(values).astype(str) for name, values in predictions.items()}
        for name, values in given.items():
            if values.shape != truth.shape:
                raise DecisionError(
                    f"{name!r} has {split} predictions of shape {values.shape} for labels of shape "
                    f"{truth.shape}: pair them, one for each label"
                )
        losses = {name: _loss(truth, values, metric) for name, values in given.items()}
        names = tuple(name for name in given if name != reference)
        return cls(reference, names, len(truth), losses)

    def __len__(self) -> int:
        return self.size

    def compare(
        self,
        name: str,
        rng: np.random.Generator,
        resamples: int,
        clusters: NDArray[np.intp] | None,
        mask: NDArray[np.bool_] | None = None,
    ) -> _BootstrapComparison:
        at = np.arange(self.size) if mask is None else np.flatnonzero(mask)
        member = None if clusters is None else np.unique(clusters[at], return_inverse=True)[1]
        candidate, reference = self.losses[name], self.losses[self.reference]
        found = paired_bootstrap(
            lambda drawn: candidate(at[drawn]),
            lambda drawn: reference(at[drawn]),
            len(at),
            rng,
            resamples=resamples,
            clusters=member,
        )
        return _BootstrapComparison(found, len(at))

    def own(
        self,
        name: str,
        rng: np.random.Generator,
        resamples: int,
        clusters: NDArray[np.intp] | None,
        tail: float,
    ) -> tuple[float, Interval]:
        found = paired_bootstrap(
            self.losses[name], lambda _: 0.0, self.size, rng, resamples=resamples, clusters=clusters
        )
        return found.estimate, found.interval(tail)


def _loss(truth: NDArray[Any], values: NDArray[Any], metric: str | SetLoss) -> Loss:
    if not isinstance(metric, str):
        return lambda drawn: metric(truth[drawn], values[drawn])
    if metric not in BUILT_IN:
        raise DecisionError(
            f"metric {metric!r} is not known: use {' or '.join(BUILT_IN)}, or give a function"
        )
    classes, codes = np.unique(np.concatenate([truth, values]), return_inverse=True)
    said = np.where(values == NO_ANSWER, -1, codes[len(truth) :])
    return BUILT_IN[metric](codes[: len(truth)], said, len(classes))


def observed_set_loss(labels: ArrayLike, predictions: ArrayLike, metric: str) -> float:
    """The metric's loss over all examples given.

    >>> observed_set_loss(["a", "a", "b"], ["a", "", "b"], "balanced_accuracy")
    0.25
    """
    truth, values = np.asarray(labels).astype(str), np.asarray(predictions).astype(str)
    return _loss(truth, values, metric)(np.arange(len(truth)))


def _same_names(tuned: _Scored, judged: _Scored) -> None:
    absent = sorted(set(judged.names) - set(tuned.names))
    if absent:
        raise DecisionError(
            f"tune has no predictions of {absent[0]!r}: give those of every judged name, or no tune"
        )
