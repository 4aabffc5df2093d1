"""A power trace: watts at moments, and the joules between any two of them.

Between two samples the power is read as the straight line; it may have been anywhere from the lower
to the higher of the two, which is the interval (exact for a power that rises or falls evenly).
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from modicum.errors import MeterError
from modicum.figures import Figure


@dataclass(frozen=True)
class PowerTrace:
    """Watts at increasing times in seconds.

    >>> trace = PowerTrace.of([(0.0, 10.0), (10.0, 30.0)])
    >>> trace.joules(0.0, 10.0)
    (200.0, 100.0, 300.0)
    """

    times: tuple[float, ...]
    watts: tuple[float, ...]

    @classmethod
    def of(cls, samples: Iterable[tuple[float, float]]) -> PowerTrace:
        """From (seconds, watts) in any order; of two at one time the later given counts."""
        ordered = sorted(dict(samples).items())
        if any(watts < 0.0 for _, watts in ordered):
            raise MeterError("a power trace holds watts below zero: give consumption, not feed-in")
        return cls(tuple(t for t, _ in ordered), tuple(w for _, w in ordered))

    def covers(self, start: float, end: float, gap_s: float) -> bool:
        """Whether samples reach both ends within `gap_s` and leave no longer gap between."""
        if not self.times or self.times[0] > start + gap_s or self.times[-1] < end - gap_s:
            return False
        first, last = bisect_right(self.times, start), bisect_right(self.times, end)
        inside = self.times[max(0, first - 1) : last + 1]
        return all(b - a <= gap_s for a, b in itertools.pairwise(inside))

    def joules(self, start: float, end: float) -> tuple[float, float, float]:
        """Joules between two moments: value, least, most; the ends hold the nearest sample."""
        edges = [start, *(t for t in self.times if start < t < end), end]
        value = least = most = 0.0
        for before, after in itertools.pairwise(edges):
            seconds = after - before
            value += (self.at(before) + self.at(after)) / 2 * seconds
            near = self._around(before, after)
            least += min(near) * seconds
            most += max(near) * seconds
        return value, min(least, value), max(most, value)

    def at(self, moment: float) -> float:
        """Watts at a moment, on the straight line between samples."""
        right = bisect_right(self.times, moment)
        if right == 0:
            return self.watts[0]
        if right == len(self.times):
            return self.watts[-1]
        left = right - 1
        part = (moment - self.times[left]) / (self.times[right] - self.times[left])
        return self.watts[left] + part * (self.watts[right] - self.watts[left])

    def _around(self, start: float, end: float) -> tuple[float, ...]:
        left = max(0, bisect_right(self.times, start) - 1)
        right = min(len(self.times) - 1, bisect_right(self.times, (start + end) / 2))
        return self.watts[left : right + 1]


def energy(
    trace: PowerTrace,
    start: float,
    end: float,
    *,
    gap_s: float,
    accuracy: float,
    source: str,
    boundary: str,
) -> Figure:
    """Joules of a trace as a figure; unknown where the trace does not reach.

    accuracy: the meter's own factor, for example 1.01 for a class 1 meter.
    """
    if end < start:
        why = f"the clock went back by {start - end:.3f} s inside the window"
        return Figure.unknown("J", why, basis="measured", source=source, boundary=boundary)
    if not trace.covers(start, end, gap_s):
        why = f"{source} has no samples for all of the window (longest gap allowed {gap_s:g} s)"
        return Figure.unknown("J", why, basis="measured", source=source, boundary=boundary)
    value, least, most = trace.joules(start, end)
    return Figure.of(
        value, least / accuracy, most * accuracy, "J", basis="measured", source=source,
        boundary=boundary, error=f"meter:{source}",
    )  # fmt: skip
