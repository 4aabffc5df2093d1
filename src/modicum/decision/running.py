"""One candidate of a race: what was judged so far, and the betting processes that watch it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modicum.decision.paired import PairedLosses
from modicum.decision.rules import BettingComparison
from modicum.errors import DecisionError
from modicum.stats.betting import BettingProcess
from modicum.stats.interval import Interval

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Running:
    """Differences to the reference, a batch at a time.

    The whole and every named slice has a process against "too bad"; all must have spoken for the
    candidate (intersection-union), and a slice without examples never has.  Where examples come in
    clusters, a cluster is one bet: its sum of differences, in parts of the largest cluster.
    """

    def __init__(
        self, margin: float, slice_margin: float, slices: tuple[str, ...], largest: int | None
    ) -> None:
        self._margins: dict[str | None, float] = {None: margin}
        self._margins |= dict.fromkeys(slices, slice_margin)
        self._largest = largest
        self._accept = {
            name: BettingProcess(m if largest is None else 0.0, -1.0, self._high(m))
            for name, m in self._margins.items()
        }
        null = -margin if largest is None else 0.0
        self._drop = BettingProcess(null, -1.0, 1.0 if largest is None else 1.0 + margin)
        self.losses: list[Floats] = []

    def _high(self, margin: float) -> float:
        return 1.0 if self._largest is None else 1.0 - margin

    def add(
        self,
        losses: Floats,
        gaps: Floats,
        masks: Mapping[str, Mask],
        member: NDArray[np.intp] | None,
    ) -> None:
        """A batch.  member: cluster of each example, 0, 1, ..., where they come in clusters."""
        self.losses.append(losses)
        for name, margin in self._margins.items():
            chosen = np.ones(len(gaps), bool) if name is None else masks[name]
            self._accept[name].update(self._bets(gaps, chosen, member, margin))
        margin, everyone = self._margins[None], np.ones(len(gaps), bool)
        self._drop.update(-self._bets(gaps, everyone, member, margin))

    def _bets(
        self, gaps: Floats, chosen: Mask, member: NDArray[np.intp] | None, margin: float
    ) -> Floats:
        if self._largest is None or member is None:
            return gaps[chosen, None]
        sums = np.bincount(member[chosen], weights=gaps[chosen] - margin)
        return sums[np.unique(member[chosen]), None] / self._largest

    @property
    def p_adequate(self) -> float:
        """Anytime p-value of "too bad on the whole or in a slice"."""
        least = min(float(process.log_peak[0]) for process in self._accept.values())
        return min(1.0, float(np.exp(-least)))

    @property
    def p_hopeful(self) -> float:
        """Anytime p-value of "good enough on the whole"."""
        return min(1.0, float(np.exp(-self._drop.log_peak[0])))

    @property
    def e_value(self) -> float:
        """Current wealth against "too bad on the whole"."""
        return float(np.exp(min(float(self._accept[None].log_wealth[0]), 700.0)))

    def p_adequate_in(self, name: str | None) -> float:
        """Anytime p-value of "too bad" in one slice, or on the whole (None)."""
        return min(1.0, float(np.exp(-self._accept[name].log_peak[0])))


class RunningComparison(BettingComparison):
    """Betting in the order judged, in the shape that contests read.

    In clusters, or in a slice without examples, the processes alone speak, and no interval is
    shorter than all differences there are.
    """

    def __init__(
        self, gaps: Floats, running: Running, part: str | None, largest: int | None
    ) -> None:
        super().__init__(gaps if len(gaps) else np.zeros(1))
        self._running, self._part, self._mute = running, part, largest is not None or not len(gaps)
        self.n = len(gaps)

    def p_below(self, margin: float) -> float:
        """See Comparison; in clusters the margin is the one the race was given."""
        if self._mute:
            return self._running.p_adequate_in(self._part) if margin > 0 else 1.0
        return super().p_below(margin)

    def p_above(self, margin: float) -> float:
        """See Comparison."""
        if self._mute:
            return self._running.p_hopeful if self._part is None else 1.0
        return super().p_above(margin)

    def interval(self, tail: float) -> Interval:
        """See Comparison."""
        return Interval(-1.0, 1.0, tail) if self._mute else super().interval(tail)


class Labels:
    """Slices and clusters of the examples judged so far, checked as they come."""

    def __init__(self, slices: tuple[str, ...], largest: int | None) -> None:
        self._slices, self._largest = slices, largest
        self._masks: dict[str, list[Mask]] = {name: [] for name in slices}
        self._clusters: list[NDArray[Any]] = []
        self._seen: set[str] = set()

    def add(self, batch: PairedLosses) -> tuple[dict[str, Mask], NDArray[np.intp] | None]:
        """Masks of all named slices, and the cluster numbers of the batch."""
        new = sorted(set(batch.slices) - set(self._slices))
        if new:
            raise DecisionError(
                f"slice {new[0]!r} was not named before the race: name every slice that can occur"
            )
        absent = [name for name in self._slices if not self._labelled(name, batch)]
        if absent:
            raise DecisionError(f"the batch has no labels for slice {absent[0]!r}: give them")
        member = self._member(batch)
        none = np.zeros(len(batch), bool)
        masks = {name: batch.slices.get(name, none) for name in self._slices}
        for name, mask in masks.items():
            self._masks[name].append(mask)
        return masks, member

    def first(self, count: int) -> tuple[dict[str, Mask], NDArray[Any] | None]:
        """Masks and cluster labels of the first so many examples."""
        masks = {name: np.concatenate(parts)[:count] for name, parts in self._masks.items()}
        return masks, np.concatenate(self._clusters)[:count] if self._clusters else None

    def _labelled(self, name: str, batch: PairedLosses) -> bool:
        column = name.partition("=")[0]
        return any(given.partition("=")[0] == column for given in batch.slices)

    def _member(self, batch: PairedLosses) -> NDArray[np.intp] | None:
        if (batch.clusters is None) != (self._largest is None):
            raise DecisionError(
                "clusters and largest_cluster go together: give the race its largest_cluster, and "
                "every batch its clusters"
            )
        if batch.clusters is None:
            return None
        labels = batch.clusters.astype(str)
        names, member, sizes = np.unique(labels, return_inverse=True, return_counts=True)
        again = sorted(self._seen & set(names))
        if again:
            raise DecisionError(f"cluster {again[0]!r} was in an earlier batch: keep it in one")
        if self._largest is not None and sizes.max() > self._largest:
            raise DecisionError(
                f"a cluster has {sizes.max()} examples, largest_cluster is {self._largest}: "
                "fix the largest before the race"
            )
        self._seen |= set(names)
        self._clusters.append(labels)
        return member.astype(np.intp)
