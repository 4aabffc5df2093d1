"""Judging in batches: stop on what is clear, never spend more error than was stated.

The largest number of judge examples is fixed first.  Until it is reached only betting processes
speak: against "not too bad" they drop a hopeless candidate (futility costs no error), against
"too bad" they accept early at `early_share` of the error rate.  At the maximum the fixed-sample
test runs once at what is left.  A race stopped sooner stands on the betting processes alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modicum.decision.contest import Contest
from modicum.decision.engine import check_limits
from modicum.decision.order import rank_by_energy, savings
from modicum.decision.paired import pair
from modicum.decision.plan import plan_from_tune, plan_without_tune
from modicum.decision.rules import BettingComparison, Comparison, compare, test_name
from modicum.decision.running import Labels, Running, RunningComparison
from modicum.decision.settle import reference_evidence, settle
from modicum.decision.verdict import Verdict
from modicum.errors import DecisionError
from modicum.stats.mean import mean_interval
from modicum.stats.multiplicity import reject

Floats = NDArray[np.float64]
FUTILITY = 0.05
"""A truly adequate candidate is dropped with at most this probability."""


class Race:
    """Candidates against the reference, a batch of shared judge examples at a time.

    names: candidates without the reference, small to large.  maximum: judge examples at most.
    early_share: part of 1 - confidence for early acceptance, the rest is for the test at the end.
    tune: losses on other examples (see `decide`).
    slices: names "column=value" that will occur, each held to `slice_margin` (default: `margin`).
    largest_cluster: examples in the largest cluster there can be, where they come in clusters.

    >>> race = Race(["small"], "large", maximum=1000, early_share=0.5)
    >>> race.update({"small": [1.0] * 60, "large": [0.0] * 60})
    >>> race.open, race.dropped, race.verdict().recommended
    ((), ('small',), 'large')
    """

    def __init__(
        self,
        names: list[str] | tuple[str, ...],
        reference: str,
        *,
        maximum: int,
        energy: Mapping[str, float | None] | None = None,
        margin: float = 0.02,
        confidence: float = 0.95,
        early_share: float = 0.2,
        tune: Mapping[str, ArrayLike] | None = None,
        slices: Sequence[str] = (),
        slice_margin: float | None = None,
        largest_cluster: int | None = None,
    ) -> None:
        slice_margin = margin if slice_margin is None else slice_margin
        check_limits(margin, confidence, slice_margin)
        if largest_cluster is not None and largest_cluster < 1:
            raise DecisionError(f"largest_cluster is {largest_cluster}: give at least 1")
        if maximum < 1:
            raise DecisionError(f"maximum is {maximum}: give at least one judge example")
        if not 0 <= early_share <= 1:
            raise DecisionError(f"early_share is {early_share:g}: give a number from 0 to 1")
        self.names, self.reference, self.maximum = tuple(names), reference, maximum
        self._energy, self._margin, self._confidence = energy, margin, confidence
        self._early = early_share * (1 - confidence)
        self._ranks, self._smaller = rank_by_energy(self.names, reference, energy)
        self._plan = plan_without_tune(len(self.names))
        if tune is not None:
            kept = {name: tune[name] for name in (*self.names, reference)}
            worth = savings(self.names, reference, energy)
            tuned = pair(kept, reference, split="tune")
            self._plan = plan_from_tune(tuned, margin, worth, maximum, 1 - confidence)
        self._slice_margin, self._largest = slice_margin, largest_cluster
        self._running = {
            name: Running(margin, slice_margin, tuple(slices), largest_cluster)
            for name in self.names
        }
        self._reference: list[Floats] = []
        self._labels = Labels(tuple(slices), largest_cluster)
        self.count = 0

    @property
    def accepted(self) -> tuple[str, ...]:
        """Candidates proven adequate so far by their betting process."""
        if self._early <= 0:
            return ()
        p = [self._running[n].p_adequate for n in self.names]
        found = reject(p, self._early, self._plan.graph).rejected
        return tuple(name for name, gone in zip(self.names, found, strict=True) if gone)

    @property
    def dropped(self) -> tuple[str, ...]:
        """Candidates given up as hopeless."""
        return tuple(n for n in self.names if self._running[n].p_hopeful <= FUTILITY)

    @property
    def open(self) -> tuple[str, ...]:
        """Candidates whose next losses could still change the recommendation."""
        if self.count >= self.maximum:
            return ()
        accepted, settled = self.accepted, {*self.accepted, *self.dropped}
        ceiling = min((self._ranks[n] for n in accepted if n in self._smaller), default=np.inf)
        wanted = {
            n
            for n in self.names
            if n not in settled and n in self._smaller and self._ranks[n] < ceiling
        }
        order = [self.names[k] for k in self._plan.order]
        last = max((order.index(n) for n in wanted if n in order), default=-1)
        ahead = {n for n in order[: last + 1] if n not in settled}
        return tuple(n for n in self.names if n in wanted | ahead)

    def update(
        self,
        losses: Mapping[str, ArrayLike],
        *,
        clusters: ArrayLike | None = None,
        slices: Mapping[str, ArrayLike] | None = None,
    ) -> None:
        """Add a batch: losses of the reference and of every open candidate on the same examples.

        clusters, slices: as in `decide`; a cluster lies in one batch.  Losses of candidates that
        are not open are ignored.  Raises DecisionError for a batch that lacks an open candidate, is
        unpaired, goes beyond the maximum, or has a slice or a cluster that was not announced.
        """
        open_ = self.open
        absent = [name for name in open_ if name not in losses]
        if absent:
            raise DecisionError(f"the batch has no losses of {absent[0]!r}, which is still open")
        kept = {name: losses[name] for name in (*open_, self.reference) if name in losses}
        batch = pair(kept, self.reference, clusters=clusters, slices=slices)
        if self.count + len(batch) > self.maximum:
            raise DecisionError(
                f"{self.count + len(batch)} examples exceed the maximum of {self.maximum} "
                "that was fixed first: end the race at the maximum"
            )
        masks, member = self._labels.add(batch)
        self._reference.append(batch.reference)
        for k, name in enumerate(batch.names):
            self._running[name].add(batch.losses[:, k], batch.differences[:, k], masks, member)
        self.count += len(batch)

    def verdict(self) -> Verdict:
        """Decide on what was judged so far; valid whenever it is called."""
        if not self.count:
            raise DecisionError("the race has judged nothing yet: give it a batch first")
        early = self._settle(final=False)
        if self.count < self.maximum or self._early >= 1 - self._confidence:
            return early
        return _merge(self._settle(final=True), early, self._ranks, self._smaller)

    def _settle(self, *, final: bool) -> Verdict:
        alpha = 1 - self._confidence - self._early if final else self._early
        tail = (1 - self._confidence) / 2
        reference = np.concatenate(self._reference)
        contests = [self._contest(name, reference, tail, final=final) for name in self.names]
        benchmark = reference_evidence(
            self.reference,
            len(reference),
            float(reference.mean()),
            mean_interval(reference, tail),
        )
        parts = [self._reference, *(self._running[name].losses for name in self.names)]
        test = BettingComparison.test
        if final:
            binary = all(_binary(part) for part in parts)
            test = test_name(binary=binary, clustered=self._largest is not None)
        return settle(
            contests,
            benchmark,
            self._plan,
            self._energy,
            test=test,
            margin=self._margin,
            confidence=self._confidence,
            alpha=max(alpha, 1e-300),
        )

    def _contest(self, name: str, reference: Floats, tail: float, *, final: bool) -> Contest:
        running = self._running[name]
        if not running.losses:
            raise DecisionError(f"{name!r} was never judged: judge every candidate at least once")
        losses = np.concatenate(running.losses)
        gaps = losses - reference[: len(losses)]
        masks, clusters = self._labels.first(len(losses))
        complete = final and len(losses) == self.maximum
        binary = _binary(running.losses) and _binary(self._reference)

        def rule(slice_: str | None, mask: NDArray[np.bool_]) -> Comparison:
            if complete and mask.any():
                member = None if clusters is None else clusters[mask]
                return compare(gaps[mask], binary=binary, clusters=member)
            return RunningComparison(gaps[mask], running, slice_, self._largest)

        whole = rule(None, np.ones(len(losses), bool))
        parts = {name: rule(name, mask) for name, mask in masks.items()}
        return Contest(
            name,
            float(losses.mean()),
            mean_interval(losses, tail),
            whole,
            parts,
            self._margin,
            self._slice_margin,
            running.e_value,
        )


def _binary(parts: list[Floats]) -> bool:
    return all(bool(np.all((x == 0) | (x == 1))) for x in parts)


def _merge(
    final: Verdict, early: Verdict, ranks: Mapping[str, float], smaller: frozenset[str]
) -> Verdict:
    """The final verdict, with what the betting processes had already proven."""
    evidence = dict(final.evidence)
    for name, proven_early in early.adequate.items():
        if proven_early and name != early.reference:
            evidence[name] = early.evidence[name]
    adequate = {name: found.adequate for name, found in evidence.items()}
    proven = [name for name in ranks if adequate[name] and name in smaller]
    recommended = min(proven, key=lambda name: ranks[name], default=final.reference)
    ceiling = ranks.get(recommended, np.inf)
    missing = tuple(
        m for m in final.missing if adequate[m.name] is None and ranks[m.name] < ceiling
    )
    return replace(
        final, recommended=recommended, adequate=adequate, evidence=evidence, missing=missing
    )
