"""Choosing a cascade's thresholds on tune."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from modicum.candidates.composed import Aim, Path_, Stage, check_stages, costs_of
from modicum.candidates.deferral import Deferral, Threshold
from modicum.candidates.front import best_point, on_front
from modicum.errors import CandidateError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

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
    held_out = _held_out(stages, folds, prices)
    losses = [path_losses(stages, paths) for paths in held_out]
    costs = [path_cost(stages, paths) for paths in held_out]
    front = on_front([float(one.mean()) for one in losses], costs)
    chosen = front[best_point([losses[i] for i in front], [costs[i] for i in front], aim)]
    return Thresholds(stages, np.arange(count)).at(prices[chosen]), held_out[chosen]


class Thresholds:
    """Thresholds fitted on some rows, at any price of a unit of cost.

    From the last stage but one to the first: what an answer that is handed on comes to, in loss
    and in cost, follows from the thresholds after it.
    """

    def __init__(self, stages: Sequence[Stage], rows: Ints) -> None:
        self.losses = [stage.losses[rows] for stage in stages]
        self.answers = [
            ([stage.values[i] for i in rows], [stage.confidence[i] for i in rows])
            for stage in stages
        ]
        self.costs = costs_of(stages)
        self._fitted: dict[tuple[int, bytes], Deferral] = {}

    def at(self, price: float) -> list[Threshold]:
        """Hand on what gains at least `price` a unit of cost."""
        after, cost = self.losses[-1], np.full(len(self.losses[-1]), self.costs[-1])
        found: list[Threshold] = []
        for index in range(len(self.losses) - 2, -1, -1):
            values, sure = self.answers[index]
            threshold = self._deferral(index, after).threshold(price * float(cost.mean()))
            kept = np.array([threshold.keeps(v, c) for v, c in zip(values, sure, strict=True)])
            after = np.where(kept, self.losses[index], after)
            cost = np.where(kept, 0.0, cost) + self.costs[index]
            found.append(threshold)
        return found[::-1]

    def _deferral(self, index: int, after: Floats) -> Deferral:
        key = (index, after.tobytes())
        if key not in self._fitted:
            values, sure = self.answers[index]
            self._fitted[key] = Deferral.fit(values, sure, self.losses[index], after)
        return self._fitted[key]


def path_losses(stages: Sequence[Stage], paths: Sequence[Path_]) -> Floats:
    """The loss of the stage that answers, for each example."""
    return np.array([stages[path[-1]].losses[i] for i, path in enumerate(paths)], np.float64)


def path_cost(stages: Sequence[Stage], paths: Sequence[Path_]) -> float:
    """The mean cost of the stages on each path."""
    costs = costs_of(stages)
    return float(np.mean([sum(costs[i] for i in path) for path in paths]))


def _prices(stages: Sequence[Stage]) -> list[float]:
    """Prices of a unit of cost at which the share handed on by some stage changes."""
    after, found = stages[-1].losses, []
    cost = max(costs_of(stages)[-1], 1e-300)
    for stage in stages[:-1]:
        gains = Deferral.fit(stage.values, stage.confidence, stage.losses, after).gains(
            stage.values, stage.confidence
        )
        finite = gains[np.isfinite(gains)]
        if len(finite):
            found += np.quantile(finite, np.linspace(0, 1, POINTS)).tolist()
    spread = sorted({(gain + shift) / cost for gain in found for shift in (-1e-9, 1e-9)})
    return spread or [0.0]


def _held_out(stages: Sequence[Stage], folds: Ints, prices: Sequence[float]) -> list[list[Path_]]:
    """For each price the path of each example by thresholds fitted on the folds it is not in."""
    found: list[list[Path_]] = [[()] * len(folds) for _ in prices]
    for fold in np.unique(folds):
        fitted = Thresholds(stages, np.flatnonzero(folds != fold))
        here = np.flatnonzero(folds == fold).tolist()
        for paths, price in zip(found, prices, strict=True):
            thresholds = fitted.at(price)
            for i in here:
                paths[i] = _path(thresholds, stages, i)
    return found


def _path(thresholds: Sequence[Threshold], stages: Sequence[Stage], at: int) -> Path_:
    depth = 0
    while depth < len(thresholds) and not thresholds[depth].keeps(
        stages[depth].values[at], stages[depth].confidence[at]
    ):
        depth += 1
    return tuple(range(depth + 1))
