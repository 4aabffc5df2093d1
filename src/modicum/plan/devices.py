"""The hardware catalogue: servers, accelerators, switches and optics, with sources and years."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from modicum.figures import Figure
from modicum.plan.limits import share
from modicum.plan.tables import Row, keyed, look_up


@dataclass(frozen=True, slots=True)
class Device:
    """One device: power idle and at full load, what it does, and what making it emitted."""

    name: str
    kind: str
    idle_w: float
    max_w: float
    spread: float
    performance: float
    unit: str
    embodied_kg: tuple[float, float, float]
    year: int
    source: str

    def watts(self, load: float) -> float:
        """Power at a load in [0, 1]: idle + (max - idle)(2u - u^1.4) (Fan et al., ISCA 2007).

        >>> round(find_device("server-2013").watts(1.0))
        261
        """
        return self.idle_w + (self.max_w - self.idle_w) * curve(load)

    def power(self, load: float) -> Figure:
        """The same with its interval; devices of one kind share their error."""
        if load:
            share("load", load)
        return Figure.within(
            self.watts(load),
            self.spread,
            "W",
            basis="modelled",
            source=f"{self.source} ({self.year}); power curve: Fan et al. 2007",
            boundary="IT equipment",
            error=f"power:{self.kind}",
        )

    def embodied(self) -> Figure:
        """Carbon of making one."""
        return Figure.of(
            *self.embodied_kg,
            "kgCO2e",
            basis="assumed",
            source=f"{self.source} ({self.year})",
            boundary="cradle to gate",
            error=f"embodied:{self.kind}",
        )


def curve(load: float) -> float:
    """Share of the dynamic power at a load: 2u - u^1.4, concave (Fan et al., ISCA 2007)."""
    return 2.0 * load - math.pow(load, 1.4)


def find_device(name: str) -> Device:
    """A device by name; PlanError names the nearest."""
    return look_up("device", name, devices())


@cache
def devices() -> Mapping[str, Device]:
    """Every device under every spelling."""
    return keyed("devices", "device", _device)


def _device(row: Row) -> Device:
    made = tuple(float(row[c]) for c in ("embodied_kg", "embodied_low", "embodied_high"))
    return Device(
        row["device"],
        row["kind"],
        float(row["idle_w"]),
        float(row["max_w"]),
        float(row["spread"]),
        float(row["performance"]),
        row["unit"],
        (made[0], made[1], made[2]),
        int(row["year"]),
        row["source"],
    )
