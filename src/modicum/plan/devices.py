"""The hardware catalogue: servers, accelerators, switches and optics, with sources and years."""

from __future__ import annotations

import csv
import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from modicum.errors import PlanError
from modicum.figures import Figure
from modicum.plan.limits import share

_SPREAD = 1.15
"""Power of one device within 15%: configurations of one model differ by it."""


@dataclass(frozen=True, slots=True)
class Device:
    """One device: power idle and at full load, what it does, and what making it emitted."""

    name: str
    kind: str
    idle_w: float
    max_w: float
    performance: float
    unit: str
    embodied_kg: tuple[float, float, float]
    year: int
    source: str

    def watts(self, load: float) -> float:
        """Power at a load in [0, 1]: idle + (max - idle)(2u - u^1.4) (Fan et al., ISCA 2007).

        >>> round(find_device("server-2013").watts(1.0))
        350
        """
        return self.idle_w + (self.max_w - self.idle_w) * curve(load)

    def power(self, load: float) -> Figure:
        """The same with its interval; devices of one kind share their error."""
        if load:
            share("load", load)
        return Figure.within(
            self.watts(load),
            _SPREAD,
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
    known = devices()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
    raise PlanError(f"device {name!r} is not in the catalogue: the nearest is {near}")


@cache
def devices() -> Mapping[str, Device]:
    """Every device by name."""
    place = Path(__file__).parent / "data" / "devices.csv"
    with place.open(encoding="utf-8", newline="") as lines:
        return MappingProxyType({r["device"]: _device(r) for r in csv.DictReader(lines)})


def _device(row: Mapping[str, str]) -> Device:
    made = tuple(float(row[c]) for c in ("embodied_kg", "embodied_low", "embodied_high"))
    return Device(
        row["device"],
        row["kind"],
        float(row["idle_w"]),
        float(row["max_w"]),
        float(row["performance"]),
        row["unit"],
        (made[0], made[1], made[2]),
        int(row["year"]),
        row["source"],
    )
