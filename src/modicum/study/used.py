"""What a stretch of the search used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from modicum.figures import Figure, total
from modicum.metering import Reading


@dataclass(frozen=True)
class Used:
    """Energy, CPU seconds and wall seconds; CPU seconds are None where part was not ours to see."""

    energy_j: Figure
    cpu_seconds: float | None
    wall_seconds: float

    @classmethod
    def of(cls, reading: Reading) -> Used:
        """What a metered window used."""
        return cls(reading.energy_j, reading.cpu_seconds, reading.wall_seconds)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "energy_j": self.energy_j.to_dict(),
            "cpu_seconds": self.cpu_seconds,
            "wall_seconds": self.wall_seconds,
        }

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Used:
        """Read what `to_dict` wrote."""
        energy = Figure.from_dict(plain["energy_j"])
        return cls(energy, plain["cpu_seconds"], plain["wall_seconds"])


NOTHING = Used(
    Figure.exact(0.0, "J", basis="measured", source="no work was done", boundary=""), 0.0, 0.0
)
"""No work was done."""


def sum_of(parts: Iterable[Used]) -> Used:
    """The sum; unknown energy of one part makes the whole unknown."""
    every = [part for part in parts if part != NOTHING]
    if not every:
        return NOTHING
    cpu = [part.cpu_seconds for part in every]
    seconds = None if None in cpu else sum(s for s in cpu if s is not None)
    return Used(total(p.energy_j for p in every), seconds, sum(p.wall_seconds for p in every))
