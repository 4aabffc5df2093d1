"""From energy to carbon, water and money, all from the same region and boundary."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from modicum.carbon.grid import grid_factor
from modicum.carbon.price import electricity_price
from modicum.carbon.pue import site_water
from modicum.carbon.water import grid_water
from modicum.errors import CarbonError
from modicum.figures import Figure

FACILITY = "facility"
"""Word that a boundary holds once PUE is in it; it is never applied twice."""


def _no_device() -> Figure:
    return Figure.unknown("gCO2e", "embodied carbon needs the device and its life: none was given")


@dataclass(frozen=True, slots=True)
class Footprint:
    """Energy and what follows from it; `carbon_g` is location-based, operational.

    embodied_g: the share of the hardware's making, which is never inside `carbon_g`.
    """

    energy_j: Figure
    carbon_g: Figure
    carbon_market_g: Figure
    water_l: Figure
    cost: Figure
    embodied_g: Figure = field(default_factory=_no_device)

    def to_dict(self) -> dict[str, Any]:
        """Every figure as plain data, by name."""
        return {f.name: getattr(self, f.name).to_dict() for f in fields(self)}


def footprint(
    energy: Figure,
    region: str | None = None,
    *,
    supplier_g_per_kwh: float | None = None,
    pue: Figure | None = None,
    grid: Figure | None = None,
    price: Figure | None = None,
    site_wue: Figure | None = None,
    embodied: Figure | None = None,
) -> Footprint:
    """The footprint of an energy used in a region.

    `pue` lifts IT energy to facility energy, and adds water evaporated on site (`site_wue`, per
    kWh of IT).  `grid`, `price` replace the bundled factors.  Scope 2 market-based carbon needs
    the supplier's own factor (GHG Protocol Scope 2 Guidance, 2015) and is unknown without it, as
    is embodied carbon without `embodied` (see `carbon.embodied`).
    """
    used = energy.to("J") if pue is None else _lifted(energy.to("J"), pue)
    factor = grid_factor(region) if grid is None else grid
    return Footprint(
        energy_j=used,
        carbon_g=(used * factor).to("gCO2e"),
        carbon_market_g=_market(used, supplier_g_per_kwh),
        water_l=_water(energy.to("J"), used, region, pue, site_wue),
        cost=used * (electricity_price(region) if price is None else price),
        embodied_g=_no_device() if embodied is None else embodied.to("gCO2e"),
    )


def _lifted(energy: Figure, pue: Figure) -> Figure:
    if FACILITY in energy.boundary:
        raise CarbonError(
            f"PUE {pue.value} would be applied twice: the energy's boundary is already "
            f"{energy.boundary!r}, so leave pue out"
        )
    if pue.low is not None and pue.low < 1.0:
        raise CarbonError(f"PUE {pue.low:g} is below its physical limit of 1: give 1 or more")
    lifted = energy * pue
    return lifted.relabel(boundary=f"{FACILITY}: {energy.boundary}")


def _market(used: Figure, supplier_g_per_kwh: float | None) -> Figure:
    if supplier_g_per_kwh is None:
        return Figure.unknown(
            "gCO2e",
            "market-based carbon needs the supplier's factor in g per kWh: none was given",
            boundary=used.boundary,
        )
    if supplier_g_per_kwh < 0:
        raise CarbonError(f"supplier factor {supplier_g_per_kwh:g} g/kWh: give 0 or more")
    factor = Figure.exact(
        supplier_g_per_kwh,
        "gCO2e/kWh",
        basis="reported",
        source="supplier's factor, as given",
        boundary="market-based (GHG Protocol Scope 2)",
    )
    return (used * factor).to("gCO2e")


def _water(
    it: Figure, used: Figure, region: str | None, pue: Figure | None, site_wue: Figure | None
) -> Figure:
    generation = (used * grid_water(region)).to("L")
    if pue is None and site_wue is None:
        return generation
    site = it * (site_water() if site_wue is None else site_wue)
    return generation + site.to("L")
