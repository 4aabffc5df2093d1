"""The catalogue of accelerators: peak, power, memory and embodied carbon, each with its source."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from modicum.errors import PlanError
from modicum.figures import Figure

_DRAW_OF_TDP = (0.9, 0.7, 1.25)
"""Average power of a chip with its share of the host in training, over the chip's TDP, where nobody
published it: V100 1.08 and TPU v3 0.63 (Patterson et al. 2021), BLOOM's A100 nodes 0.91 to 1.2
(Luccioni et al. 2022)."""

_SERVER_KG = 2500.0 / 8
"""A server without its eight accelerators, per accelerator (Luccioni et al. 2022, section 4.1)."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One accelerator; `tflops` is the dense 16-bit peak."""

    name: str
    tflops: float
    tdp_w: float
    memory_gb: float
    gb_per_s: float
    draw_w: tuple[float, float, float] | None
    embodied_kg: float | None
    year: int
    source: str

    def draw(self) -> Figure:
        """Average power in training, with the host's share."""
        value, low, high = self.draw_w or tuple(self.tdp_w * x for x in _DRAW_OF_TDP)
        return Figure.of(
            value,
            low,
            high,
            "W",
            basis="reported" if self.draw_w else "assumed",
            source=self.source if self.draw_w else f"{self.source}; 0.7 to 1.25 of its TDP",
            boundary="chip and its share of the host",
            error=f"draw:{self.name}",
        )

    def embodied(self) -> Figure:
        """Embodied carbon of the chip with its eighth of a server, within a factor of two."""
        if self.embodied_kg is None:
            chip, why = 150.0, f"{self.name}: unpublished, taken as an A100 (Luccioni et al. 2022)"
        else:
            chip, why = self.embodied_kg, self.source
        return Figure.within(
            chip + _SERVER_KG,
            2.0,
            "kgCO2e",
            basis="assumed",
            source=f"{why}; server: Luccioni et al. 2022",
            boundary="cradle to gate, chip and an eighth of a server",
            error=f"embodied:{self.name}",
        )


def find_chip(name: str) -> Chip:
    """A chip by its name or another spelling; PlanError names the nearest.

    >>> find_chip("H100 SXM").tdp_w
    700.0
    """
    import difflib

    spelled = name.strip().lower().replace(" ", "-").replace("_", "-").removeprefix("nvidia-")
    known = chips()
    if spelled in known:
        return known[spelled]
    near = difflib.get_close_matches(spelled, known, n=1, cutoff=0.0)[0]
    raise PlanError(f"chip {name!r} is not in the catalogue: the nearest is {near}")


@cache
def chips() -> Mapping[str, Chip]:
    """Every chip under every spelling."""
    place = Path(__file__).parent / "data" / "chips.csv"
    found: dict[str, Chip] = {}
    with place.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            chip = _chip(row)
            for name in (row["chip"], *filter(None, row["also"].split(";"))):
                found[name] = chip
    return MappingProxyType(found)


def _chip(row: Mapping[str, str]) -> Chip:
    draw = (
        tuple(float(row[c]) for c in ("draw_w", "draw_low", "draw_high")) if row["draw_w"] else ()
    )
    return Chip(
        name=row["chip"],
        tflops=float(row["tflops"]),
        tdp_w=float(row["tdp_w"]),
        memory_gb=float(row["memory_gb"]),
        gb_per_s=float(row["gb_per_s"]),
        draw_w=(draw[0], draw[1], draw[2]) if draw else None,
        embodied_kg=float(row["embodied_kg"]) if row["embodied_kg"] else None,
        year=int(row["year"]),
        source=f"{row['source']} ({row['year']})",
    )
