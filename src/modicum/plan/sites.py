"""Where jobs may run: machines of one kind in one region, and the grid that feeds them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from modicum.errors import PlanError
from modicum.plan.limits import at_least, not_negative, positive

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Latency = Mapping[frozenset[str], float]
"""Milliseconds between two regions."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A kind of machine: how fast and how hungry it is beside the job's own."""

    name: str
    speed: float = 1.0
    power: float = 1.0

    def __post_init__(self) -> None:
        positive(f"speed of machine {self.name}", self.speed)
        positive(f"power of machine {self.name}", self.power)


@dataclass(frozen=True, slots=True)
class Site:
    """Machines of one kind in one region: hourly intensity (g/kWh) and price (per kWh)."""

    region: str
    intensity: Floats
    machines: int
    machine: Machine = field(default_factory=lambda: Machine("standard"))
    price: float = 0.15
    pue: float = 1.2

    def __post_init__(self) -> None:
        positive(f"machines in {self.region}", self.machines)
        not_negative(f"price in {self.region}", self.price)
        at_least(f"PUE in {self.region}", self.pue, 1.0)
        if not self.region:
            raise PlanError("a site has no region: name it")


def read_intensity(path: Path, column: str = "LCA") -> Floats:
    """The hourly series of an Electricity Maps csv; the column whose name holds `column`."""
    import numpy as np

    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"{path} cannot be read: give an hourly intensity csv") from error
    names = [n for n in (rows[0] if rows else {}) if n and column in n]
    if not names:
        raise PlanError(f"{path} has no column with {column!r} in its name")
    try:
        series = np.array([float(row[names[0]]) for row in rows], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise PlanError(f"{path}, column {names[0]!r}: {error}: give a number each hour") from None
    if not np.isfinite(series).all() or (series < 0).any():
        raise PlanError(f"{path}, column {names[0]!r}: an hour is negative or not finite")
    return series


def shifted(series: Floats, hours: int, scale: float = 1.0) -> Floats:
    """A copy of a grid as if its sun rose `hours` later, and `scale` times as dirty."""
    import numpy as np

    rolled: Floats = np.roll(series, hours) * scale
    return rolled


def read_latency(path: Path) -> Latency:
    """Milliseconds from a csv with the columns from, to, ms; the way back is as long."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return {
                frozenset((row["from"], row["to"])): not_negative("latency", float(row["ms"]))
                for row in csv.DictReader(lines)
            }
    except OSError as error:
        raise PlanError(f"{path} cannot be read: give a csv with from, to, ms") from error
    except (KeyError, TypeError, ValueError) as error:
        raise PlanError(f"{path}: {error}: the columns are from, to, ms") from error


def read_sites(path: Path, first: int, hours: int) -> list[Site]:
    """Sites from a csv: region, grid (a file beside it), machines; machine, speed, power, price,
    pue if wanted."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        return [_site(row, path.parent, first, hours) for row in rows]
    except OSError as error:
        raise PlanError(f"{path} cannot be read: give a csv of sites") from error
    except (KeyError, TypeError, ValueError) as error:
        raise PlanError(
            f"{path}: {error}: the columns are region, grid, machines and, if wanted, machine, "
            "speed, power, price, pue"
        ) from error


def window(series: Floats, first: int, hours: int, name: object) -> Floats:
    """`hours` hours of a series from `first` on."""
    if hours < 1 or not 0 <= first <= len(series) - hours:
        raise PlanError(f"{name} has {len(series)} hours: hour {first} with {hours} more is out")
    return series[first : first + hours]


def _site(row: Mapping[str, str], folder: Path, first: int, hours: int) -> Site:
    place = folder / row["grid"]
    return Site(
        region=row["region"],
        intensity=window(read_intensity(place), first, hours, place),
        machines=int(row["machines"]),
        machine=Machine(
            row.get("machine") or "standard",
            float(row.get("speed") or 1),
            float(row.get("power") or 1),
        ),
        price=float(row.get("price") or 0.15),
        pue=float(row.get("pue") or 1.2),
    )
