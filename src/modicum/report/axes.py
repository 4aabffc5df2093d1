"""Axes: from a quantity to a place on the picture, and where the ticks go."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Axis:
    """A straight or logarithmic scale from `low`..`high` to `start`..`end` pixels."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """The place of a value; beyond the ends it stays at the end.

        >>> Axis(1.0, 100.0, 0.0, 200.0, log=True).at(10.0)
        100.0
        """
        value = min(max(value, self.low), self.high)
        low, high, here = (self._bent(x) for x in (self.low, self.high, value))
        return self.start + (self.end - self.start) * (here - low) / (high - low)

    def _bent(self, value: float) -> float:
        return math.log10(value) if self.log else value

    def ticks(self, most: int) -> list[float]:
        """At most about `most` round values."""
        if self.log:
            return _decades(self.low, self.high, most)
        return _round_steps(self.low, self.high, most)


def _decades(low: float, high: float, most: int) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    marks = (1.0, 2.0, 5.0) if last - first <= most / 3 else (1.0,)
    every = max(1, math.ceil((last - first + 1) / most))
    values = [m * 10.0**k for k in range(first, last + 1) if k % every == 0 for m in marks]
    return [v for v in values if low * (1 - 1e-9) <= v <= high * (1 + 1e-9)]


def _round_steps(low: float, high: float, most: int) -> list[float]:
    rough = (high - low) / max(most, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - first + 1
    return [round((first + k) * step, 12) for k in range(count)]


def energy_axis(ends: Sequence[tuple[float, float, float]], start: float, end: float) -> Axis:
    """The axis that holds every (value, low, high) in joules, with some air.

    An interval that reaches down to nothing is cut a decade below the smallest value.
    """
    values = [value for value, _, _ in ends if value > 0] or [1.0]
    floor = min(values) / 10
    low = min([min(values), *(max(low, floor) for _, low, _ in ends)])
    high = max([max(values), *(high for _, _, high in ends)])
    air = max((high / low) ** 0.06, 1.3)
    return Axis(low / air, high * air, start, end, log=True)


def quality_axis(
    ends: Sequence[tuple[float, float, float]],
    reference: float,
    margin: float,
    start: float,
    end: float,
) -> Axis:
    """The axis around the reference; what lies ten margins and more below is drawn at its foot."""
    floor = reference - max(10 * margin, 0.1)
    low = min([reference - 2 * margin, *(max(low, floor) for _, low, _ in ends)])
    high = max([reference, *(high for _, _, high in ends)])
    air = (high - low) * 0.06 or 0.01
    return Axis(max(low - air, 0.0), min(high + air, 1.0 + air / 2), start, end)
