"""Causes: what volume, efficiency and the grid did between two years, with their intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from modicum.figures import Figure, derived
from modicum.inventory.decompose import Effects, Year, effects

_NOTHING_SAVED = "it is not shown that efficiency or the grid saved anything for growth to eat"
_LEAST = 1e-9  # of a value: an error that would take all of it leaves this, as a logarithm needs


@dataclass(frozen=True)
class Causes:
    """Carbon that each cause added (or saved, below 0); their values sum to the change."""

    volume: Figure
    efficiency: Figure
    grid: Figure
    change: Figure
    saved: Figure

    @property
    def rebound(self) -> Figure:
        """Share of the savings that growth ate; unknown where none are shown."""
        if self.saved.low is None or self.saved.low <= 0:
            return Figure.unknown("1", _NOTHING_SAVED)
        grown = derived((self.volume,), lambda kg: max(kg, 0.0), self.volume.unit)
        return grown / self.saved


def causes(
    energy: tuple[Figure, Figure], carbon: tuple[Figure, Figure], years: tuple[Year, Year]
) -> Causes:
    """From the first year to the last; each figure in kgCO2e.

    What both years share (the model of a token's energy, say) errs in both at once, so it cancels
    in what efficiency did and scales the rest.
    """
    first, last = years
    known = (
        energy[0].to("kWh"),
        energy[1].to("kWh"),
        carbon[0].to("kgCO2e"),
        carbon[1].to("kgCO2e"),
    )

    def of(part: Callable[[Effects], float]) -> Figure:
        def at(e0: float, e1: float, c0: float, c1: float) -> float:
            return part(
                effects(
                    _year(first, e0, c0),
                    _year(last, e1, c1),
                )
            )

        return derived(known, at, "kgCO2e")

    return Causes(
        volume=of(lambda e: e.volume_kg),
        efficiency=of(lambda e: e.efficiency_kg),
        grid=of(lambda e: e.grid_kg),
        change=known[3] - known[2],
        saved=of(lambda e: e.saved_kg),
    )


def _year(of: Year, energy_kwh: float, carbon_kg: float) -> Year:
    energy_kwh = max(energy_kwh, of.energy_kwh * _LEAST)
    return Year(of.year, energy_kwh, max(carbon_kg, of.carbon_kg * _LEAST), of.requests)
