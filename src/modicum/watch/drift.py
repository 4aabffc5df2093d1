"""Drift: do today's inputs still look like those the decision was made on?

A conformal test martingale on each feature.  Under exchangeability the rank of a new value among
all earlier ones, ties broken at random, is uniform and independent of the ranks before (Vovk,
Gammerman and Shafer 2005), so betting on ranks away from uniform earns nothing.  The bet is the
Simple Jumper of Vovk, Petej, Nouretdinov, Ahlberg, Carlsson and Gammerman (2021, PMLR 152,
191-210).  By Ville's inequality a feature is called drifted wrongly with probability at most alpha
over its lifetime.  It says that inputs changed, not that answers are wrong: the audits say that.
"""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

JUMP = 0.01
"""Part of the stake that is spread anew at each step (Vovk et al. 2021)."""
_LEANINGS = (-1.0, 0.0, 1.0)
_MOST = 1e250


@dataclass
class FeatureDrift:
    """One feature: a martingale against "new values rank like the earlier ones".

    >>> from random import Random
    >>> feature = FeatureDrift(Random(1), alpha=0.01, earlier=[1.0, 2.0, 3.0, 4.0] * 20)
    >>> for _ in range(60):
    ...     feature.add(9.0)
    >>> feature.drifted
    True
    """

    rng: random.Random
    alpha: float
    earlier: Sequence[float] = ()
    most: int = 20_000
    wealth: float = field(default=1.0, init=False)
    peak: float = field(default=1.0, init=False)
    count: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._sorted = sorted(self.earlier)
        self._stakes = [1 / 3, 1 / 3, 1 / 3]

    def add(self, value: float) -> None:
        """Bet on the rank of one value; after `most` values it only keeps what it found."""
        if len(self._sorted) >= self.most:
            return
        above = len(self._sorted) - bisect_right(self._sorted, value)
        ties = bisect_right(self._sorted, value) - bisect_left(self._sorted, value)
        p = (above + self.rng.random() * (ties + 1)) / (len(self._sorted) + 1)
        insort(self._sorted, value)
        self.count += 1
        mixed = [(1 - JUMP) * s + JUMP * self.wealth / 3 for s in self._stakes]
        grown = [s * (1 + e * (p - 0.5)) for s, e in zip(mixed, _LEANINGS, strict=True)]
        self.wealth = min(sum(grown), _MOST)
        self._stakes = [s * self.wealth / sum(grown) for s in grown]
        self.peak = max(self.peak, self.wealth)

    @property
    def drifted(self) -> bool:
        """Whether the martingale ever reached 1 / alpha."""
        return self.peak >= 1 / self.alpha


class InputDrift:
    """Several features side by side, with one error rate shared equally.

    earlier: values of each feature on the data of the decision, in any order; where there are none
    the first live inputs play that part.
    """

    def __init__(
        self,
        features: Mapping[str, Callable[[str], float]],
        rng: random.Random,
        alpha: float = 0.01,
        earlier: Mapping[str, Sequence[float]] | None = None,
    ) -> None:
        known, share = earlier or {}, alpha / len(features)
        self.features = dict(features)
        self.found = {
            name: FeatureDrift(rng, share, _shuffled(known.get(name, ()), rng)) for name in features
        }

    def add(self, text: str) -> None:
        """Take one input in."""
        for name, feature in self.features.items():
            self.found[name].add(feature(text))

    @property
    def drifted(self) -> tuple[str, ...]:
        """Features that have drifted."""
        return tuple(name for name, found in self.found.items() if found.drifted)


def _shuffled(values: Sequence[float], rng: random.Random) -> list[float]:
    return rng.sample(list(values), len(values))


def length(text: str) -> float:
    """Characters of an input."""
    return float(len(text))


def letters(text: str) -> float:
    """Share of an input's characters that are plain Latin letters; 0 for an empty one.

    >>> letters("abc1"), letters("")
    (0.75, 0.0)
    """
    return sum(c.isascii() and c.isalpha() for c in text) / len(text) if text else 0.0


def word_length(text: str) -> float:
    """Mean characters of a word; 0 for an empty input.

    >>> word_length("ab abcd")
    3.0
    """
    words = text.split()
    return sum(map(len, words)) / len(words) if words else 0.0


FEATURES: dict[str, Callable[[str], float]] = {
    "characters": length,
    "share of Latin letters": letters,
    "characters a word": word_length,
}
"""What an input is seen by: nothing of its text is kept."""
