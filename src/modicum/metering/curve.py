"""A machine's power over its load, as a calibration saw it: straight lines between the loads run.

Real machines are not straight: the first busy thread wakes what all share (a two-socket X5675 draws
24% of its whole dynamic range at 10% load), and the last ones clock higher.  One line through all
loads is off by up to 15% where that happens; lines between the loads follow it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from modicum.errors import MeterError

_LEAST_LOAD = 0.01  # below it the power above rest is smaller than a meter's own error


@dataclass(frozen=True, slots=True)
class LoadCurve:
    """Watts at the plug over load in [0, 1]; `error` is the relative error of a held-out load.

    >>> curve = LoadCurve.of([(0.0, 50.0), (0.5, 90.0), (1.0, 100.0)], error=0.03)
    >>> curve.watts_at(0.25), curve.watts_at(0.75)
    (70.0, 95.0)
    """

    loads: tuple[float, ...]
    watts: tuple[float, ...]
    error: float

    @classmethod
    def of(cls, points: Iterable[tuple[float, float]], error: float) -> LoadCurve:
        """From (load, watts) in any order; made to rise, as power does with load."""
        ordered = sorted(points)
        if len(ordered) < 2:
            raise MeterError(f"a curve of {len(ordered)} loads is none: give two or more")
        rising = _rising([watts for _, watts in ordered])
        return cls(tuple(load for load, _ in ordered), rising, error)

    def watts_at(self, load: float) -> float:
        """Watts of the machine at a load; the outer lines go on beyond the loads run."""
        left = min(max(bisect_right(self.loads, load) - 1, 0), len(self.loads) - 2)
        width = self.loads[left + 1] - self.loads[left]
        part = (load - self.loads[left]) / width if width > 0 else 0.0
        return self.watts[left] + part * (self.watts[left + 1] - self.watts[left])

    def dynamic(self, load: float) -> tuple[float, float, float]:
        """Watts above rest per unit of load: value, low, high."""
        at = max(load, _LEAST_LOAD)
        whole, rest = self.watts_at(at), self.watts[0]
        off = self.error * whole
        value = max(0.0, whole - rest)
        return value / at, max(0.0, value - off) / at, (value + off) / at


def _rising(values: Sequence[float]) -> tuple[float, ...]:
    """The nearest sequence that never falls (pool adjacent violators; Barlow et al., 1972).

    >>> _rising([1.0, 3.0, 2.0, 4.0])
    (1.0, 2.5, 2.5, 4.0)
    """
    blocks: list[tuple[float, int]] = []
    for value in values:
        blocks.append((value, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (low, few), (high, many) = blocks.pop(), blocks.pop()
            blocks.append(((low * few + high * many) / (few + many), few + many))
    return tuple(mean for mean, count in blocks for _ in range(count))
