"""The catalogue of accelerators: peak, power, memory and embodied carbon, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from modicum.figures import Figure
from modicum.plan.tables import Row, keyed, look_up

_DRAW_OF_TDP = (0.9, 0.7, 1.25)
"""Average power of a chip with its share of the host in training, over the chip's TDP, where nobody
published it: V100 1.08 and TPU v3 0.63 (Patterson et al. 2021), BLOOM's A100 nodes 0.91 to 1.2
(Luccioni et al. 2022)."""

_SERVER_KG = 2500.0 / 8
"""A server without its eight accelerators, per accelerator (Luccioni et al. 2022, section 4.1)."""

_EMBODIED_FACTOR = 2.5
"""BoaviztAPI in EcoLogits 0.11.3 says 273 kg a GPU and 5,700 kg a server of eight: twice ours."""

_LIFE_H = 4 * 8760 * 0.85
"""Useful hours of a server: 4 years, used 85% of the time (Luccioni et al. 2022: 6 years, 85%)."""


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
    confirmed: bool = True

    def peak(self) -> Figure:
        """Dense 16-bit FLOP/s; within a twentieth where the data sheet was not seen."""
        return Figure.within(
            self.tflops * 1e12,
            1.0 if self.confirmed else 1.05,
            "FLOP/s",
            basis="reported",
            source=self.source,
            boundary="chip, dense 16 bits",
            error=f"peak:{self.name}",
        )

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
        """Embodied carbon of the chip with its eighth of a server, within a factor of 2.5."""
        if self.embodied_kg is None:
            chip, why = 150.0, f"{self.name}: unpublished, taken as an A100 (Luccioni et al. 2022)"
        else:
            chip, why = self.embodied_kg, self.source
        return Figure.within(
            chip + _SERVER_KG,
            _EMBODIED_FACTOR,
            "kgCO2e",
            basis="assumed",
            source=f"{why}; server: Luccioni et al. 2022",
            boundary="cradle to gate, chip and an eighth of a server",
            error=f"embodied:{self.name}",
        )


def embodied_of(chip: Chip | None, chip_hours: Figure) -> Figure:
    """The share of the embodied carbon that these hours of a chip's life carry."""
    if chip is None:
        return Figure.unknown("gCO2e", "embodied carbon needs the chip: none was named")
    life = Figure.within(
        _LIFE_H,
        1.5,
        "h",
        basis="assumed",
        source="4 years at 85% use (Luccioni et al. 2022: 6 years at 85%)",
        boundary="server life",
        error="server life",
    )
    return (chip.embodied() * (chip_hours / life)).to("gCO2e")


def find_chip(name: str) -> Chip:
    """A chip by its name or another spelling; PlanError names the nearest.

    >>> find_chip("H100 SXM").tdp_w
    700.0
    """
    return look_up("chip", name.strip().lower().removeprefix("nvidia").strip(" -_"), chips())


@cache
def chips() -> Mapping[str, Chip]:
    """Every chip under every spelling."""
    return keyed("chips", "chip", _chip)


def _chip(row: Row) -> Chip:
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
        confirmed="unconfirmed" not in row["source"].partition("embodied")[0],
    )
