"""Audits: which requests are looked at again, and what was found."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from modicum.errors import DecisionError

Kind = Literal["audit", "shadow", "gold", "label", "other"]
"""The small answer was served and audited; the reference's was served; a person said what is right
for a request drawn at random; a person said it for one that he chose (never tested); the
reference's was served and judged is another candidate, which `slices` names."""


@dataclass(frozen=True, slots=True)
class Choice:
    """How a request was chosen, fixed before its answer was known.

    probability: of being chosen; floor: the smallest probability any request had at that time.
    """

    probability: float
    floor: float

    @property
    def thinning(self) -> float:
        """The weight of this audit: floor / probability."""
        return self.floor / self.probability


@dataclass(frozen=True, slots=True)
class Audit:
    """One finished audit.

    loss: of the small answer against the reference's answer (or the gold label), in [0, 1].
    slices: the named parts it belongs to, as "column=value".
    """

    kind: Kind
    loss: float
    choice: Choice
    slices: tuple[str, ...] = ()
    id: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.loss <= 1 or math.isnan(self.loss):
            raise DecisionError(f"an audited loss is {self.loss}: it lies in [0, 1]")


@dataclass
class Budget:
    """What auditing may use in a day; None is no limit.  Unknown use counts as `unknown_j`."""

    energy_j: float | None = None
    money: float | None = None
    _day: int = field(default=0, init=False)
    _spent: list[float] = field(default_factory=lambda: [0.0, 0.0], init=False)

    def left(self, now_s: float) -> bool:
        """Whether the day's budget still has something; days are those of UTC."""
        self._turn(now_s)
        limits = (self.energy_j, self.money)
        return all(m is None or s < m for m, s in zip(limits, self._spent, strict=True))

    def spend(self, now_s: float, energy_j: float | None, money: float | None) -> None:
        """Book one audit; an unknown amount is not counted, so give what is known."""
        self._turn(now_s)
        self._spent[0] += energy_j or 0.0
        self._spent[1] += money or 0.0

    def _turn(self, now_s: float) -> None:
        if int(now_s // 86_400) != self._day:
            self._day, self._spent = int(now_s // 86_400), [0.0, 0.0]


class Sampler:
    """Chooses requests to audit at random, independently, with a probability that is recorded.

    rate: of every request; unsure_rate: of those whose answer had a confidence below `unsure`
    (more is learnt there; their weight is smaller by as much, so nothing is biased).
    """

    def __init__(
        self,
        rate: float,
        rng: random.Random,
        budget: Budget | None = None,
        *,
        unsure: float = 0.0,
        unsure_rate: float | None = None,
    ) -> None:
        if not 0 <= rate <= 1:
            raise DecisionError(f"an audit rate of {rate:g}: give a share from 0 to 1")
        self.rate, self.rng, self.budget = rate, rng, budget or Budget()
        self.unsure, self.unsure_rate = unsure, rate if unsure_rate is None else unsure_rate
        if not rate <= self.unsure_rate <= 1:
            raise DecisionError(f"unsure_rate is {unsure_rate}: give a share from rate to 1")

    def choose(self, now_s: float, confidence: float | None = None) -> Choice | None:
        """The choice if this request is to be audited, else None.

        A spent budget stops all audits until the next day: that is decided before the request is
        known, so what is audited on other days stays a fair sample of them.
        """
        if self.rate <= 0 or not self.budget.left(now_s):
            return None
        low = confidence is not None and confidence < self.unsure
        probability = self.unsure_rate if low else self.rate
        if self.rng.random() >= probability:
            return None
        return Choice(probability, self.rate)


def slice_names(values: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the slices of a request.

    >>> slice_names({"lang": "de"})
    ('lang=de',)
    """
    return tuple(f"{column}={value}" for column, value in sorted(values.items()))
