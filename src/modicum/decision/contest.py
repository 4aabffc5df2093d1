"""One candidate against the reference, on the whole and on every named slice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from modicum.decision.rules import Comparison
from modicum.decision.verdict import Evidence, SliceEvidence
from modicum.stats.interval import Interval


@dataclass(frozen=True)
class Contest:
    """Comparisons of one candidate, before the level it is held to is known.

    parts: by slice name, each held to `slice_margin`.  e_value: where a betting process ran.
    absolute: the margin is a ceiling on the loss itself.
    """

    name: str
    loss: float
    loss_interval: Interval
    whole: Comparison
    parts: Mapping[str, Comparison]
    margin: float
    slice_margin: float
    e_value: float | None = None
    absolute: bool = False

    @cached_property
    def p_adequate(self) -> float:
        """Intersection-union (Berger, 1982): the largest p-value over the whole and the slices."""
        slices = [part.p_below(self.slice_margin) for part in self.parts.values()]
        return max([self.whole.p_below(self.margin), *slices])

    @cached_property
    def p_inadequate(self) -> float:
        """Bonferroni over the whole and the slices: one that is too bad is enough."""
        slices = [part.p_above(self.slice_margin) for part in self.parts.values()]
        return min(1.0, (1 + len(slices)) * min([self.whole.p_above(self.margin), *slices]))

    @cached_property
    def p_superior(self) -> float:
        """P-value of H0: on the whole no better than the reference."""
        return self.whole.p_below(0.0)

    def evidence(
        self, adequate: bool | None, level: float, alpha: float, superior: bool
    ) -> Evidence:
        """Everything known, with intervals at the level used (alpha where there was none)."""
        tail = level or alpha
        slices = tuple(self._slice(name, part, tail) for name, part in self.parts.items())
        return Evidence(
            name=self.name,
            n=self.whole.n,
            loss=self.loss,
            loss_interval=self.loss_interval,
            difference=self.whole.mean,
            difference_interval=self.whole.interval(tail),
            p_value=self.p_adequate,
            e_value=self.e_value,
            level=level,
            test=self.whole.test,
            adequate=adequate,
            superior=superior,
            reason=self._reason(adequate, level, slices),
            slices=slices,
        )

    def _slice(self, name: str, part: Comparison, tail: float) -> SliceEvidence:
        p = part.p_below(self.slice_margin)
        shown = part.p_above(self.slice_margin) <= tail / (1 + len(self.parts))
        adequate = True if p <= tail else (False if shown else None)
        interval = part.interval(tail)
        return SliceEvidence(name, part.n, part.mean, interval, p, self.slice_margin, adequate)

    def _reason(self, adequate: bool | None, level: float, slices: Sequence[SliceEvidence]) -> str:
        if adequate and self.absolute:
            return f"its loss is shown to be below {self.margin:g}"
        if adequate:
            return f"shown to be less than {self.margin:g} worse than the reference"
        if adequate is False:
            where = [part.name for part in slices if part.adequate is False]
            suffix = f" in {', '.join(where)}" if where else ""
            if self.absolute:
                return f"its loss is shown to be above the ceiling{suffix}"
            return f"shown to be more than the margin worse than the reference{suffix}"
        if level == 0.0:
            return "undecided: a candidate tested before it was not proven, so its turn never came"
        unclear = [part.name for part in slices if part.adequate is None]
        if unclear and self.whole.p_below(self.margin) <= level:
            return f"undecided: too little evidence in {', '.join(unclear)}"
        p = f"p = {self.p_adequate:.3g} is above the level {level:.3g}"
        return f"undecided ({self.whole.test}): {p}"
