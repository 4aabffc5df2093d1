"""Choosing a cascade's thresholds on tune."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from modicum.candidates.composed import Aim, Path_, Stage, check_stages
from modicum.candidates.deferral import Deferral, Threshold
from modicum.candidates.front import best_point, on_front
from modicum.errors import CandidateError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FOLDS, POINTS = 5, 40


def by_cost(name: str, stages: Sequence[Stage]) -> list[Stage]:
    """Cheapest first; stages of unknown cost keep the place they were given.

    Raises CandidateError without tune examples, and where an early stage never tells its
    confidence.
    """
    known = all(stage.cost is not None for stage in stages)
    ordered = sorted(stages, key=lambda s: s.cost or 0.0) if known else list(stages)
    check_stages(name, [stage.candidate for stage in ordered])
    if not len(ordered[0].losses):
        raise CandidateError(
            f"{name!r} got no tune examples to choose its thresholds on: give some"
        )
    for stage in ordered[:-1]:
        if not any(sure is not None for sure in stage.confidence):
            raise CandidateError(
                f"stage {stage.name!r} of {name!r} tells no confidence, so nothing says when to "
                "hand on: use a router, or another stage"
            )
    return ordered


def choose_thresholds(
    stages: Sequence[Stage], aim: Aim, seed: int
) -> tuple[list[Threshold], list[Path_]]:
    """Thresholds at the most promising point of the front, and each example's path.

    Every point is tried on held-out folds: the path of an example is that by thresholds fitted on
    the folds it is not in, so that its loss is not one the thresholds were fitted to.
    """
    count = len(aim.reference)
    folds = np.random.default_rng(seed).permutation(count) % FOLDS
    prices = _prices(stages)
    held_out = [_held_out(stages, folds, price) for price in prices]
    losses = [path_losses(stages, paths) for paths in held_out]
    costs = [path_cost(stages, paths) for paths in held_out]
    front = on_front([float(one.mean()) for one in losses], costs)
    chosen = front[best_point([losses[i] for i in front], [costs[i] for i in front], aim)]
    thresholds = fit_thresholds(stages, np.ones(count, bool), prices[chosen])
    return thresholds, held_out[chosen]


def fit_thresholds(
    stages: Sequence[Stage], rows: NDArray[np.bool_], price: float
) -> list[Threshold]:
    """Thresholds that hand on what gains at least `price` a unit of cost, fitted on `rows`.

    From the last stage but one to the first: what an answer that is handed on comes to, in loss
    and in cost, follows from the thresholds after it.
    """
    at = np.flatnonzero(rows)
    after, cost = stages[-1].losses[at], np.full(len(at), _cost(stages, len(stages) - 1))
    found: list[Threshold] = []
    for index in range(len(stages) - 2, -1, -1):
        stage = stages[index]
        values, sure = [stage.values[i] for i in at], [stage.confidence[i] for i in at]
        deferral = Deferral.fit(values, sure, stage.losses[at], after)
        threshold = deferral.threshold(price * float(cost.mean()))
        kept = np.array([threshold.keeps(v, c) for v, c in zip(values, sure, strict=True)])
        after = np.where(kept, stage.losses[at], after)
        cost = np.where(kept, 0.0, cost) + _cost(stages, index)
        found.append(threshold)
    return found[::-1]


def path_losses(stages: Sequence[Stage], paths: Sequence[Path_]) -> Floats:
    """The loss of the stage that answers, for each example."""
    return np.array([stages[path[-1]].losses[i] for i, path in enumerate(paths)], np.float64)


def path_cost(stages: Sequence[Stage], paths: Sequence[Path_]) -> float:
    """The mean cost of the stages on each path."""
    return float(np.mean([sum(_cost(stages, i) for i in path) for path in paths]))


def _cost(stages: Sequence[Stage], index: int) -> float:
    """What a call costs; where costs are not known, every stage but the first counts one."""
    cost = stages[index].cost
    if cost is None or any(stage.cost is None for stage in stages):
        return float(index > 0)
    return cost


def _prices(stages: Sequence[Stage]) -> list[float]:
    """Prices of a unit of cost at which the share handed on by some stage changes."""
    after, found = stages[-1].losses, []
    cost = max(_cost(stages, len(stages) - 1), 1e-300)
    for stage in stages[:-1]:
        gains = Deferral.fit(stage.values, stage.confidence, stage.losses, after).gains(
            stage.values, stage.confidence
        )
        finite = gains[np.isfinite(gains)]
        if len(finite):
            found += np.quantile(finite, np.linspace(0, 1, POINTS)).tolist()
    spread = sorted({(gain + shift) / cost for gain in found for shift in (-1e-9, 1e-9)})
    return spread or [0.0]


def _held_out(stages: Sequence[Stage], folds: NDArray[np.int64], price: float) -> list[Path_]:
    """The path of each example by thresholds fitted on the folds that it is not in."""
    paths: list[Path_] = [()] * len(folds)
    for fold in np.unique(folds):
        cascade = _Rule(fit_thresholds(stages, folds != fold, price))
        for i in np.flatnonzero(folds == fold):
            paths[i] = cascade.path([(stage.values[i], stage.confidence[i]) for stage in stages])
    return paths


class _Rule:
    """Thresholds alone, to walk stored answers with."""

    def __init__(self, thresholds: Sequence[Threshold]) -> None:
        self.keep: list[Callable[[str | None, float | None], bool]] = [t.keeps for t in thresholds]

    def path(self, answers: Sequence[tuple[str | None, float | None]]) -> Path_:
        depth = 0
        while depth < len(self.keep) and not self.keep[depth](*answers[depth]):
            depth += 1
        return tuple(range(depth + 1))
