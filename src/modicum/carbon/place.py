"""Where and on what terms work runs: everything that turns its joules into carbon, water, money."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modicum.carbon.embodied import embodied_of_use
from modicum.carbon.footprint import Footprint, footprint
from modicum.carbon.live import Cached
from modicum.carbon.pue import facility_pue, pue_of, site_water
from modicum.errors import CarbonError
from modicum.figures import Figure

_TARIFF = re.compile(r"\s*([0-9]*\.?[0-9]+)\s*([A-Z]{3})\s*")


@dataclass(frozen=True, slots=True)
class Place:
    """The region, the contracts and the hardware.

    supplier_g_per_kwh: the supplier's factor, for market-based carbon.
    pue, provider: facility energy over IT energy, given or of a provider.
    grid_g_per_kwh: an own location-based factor; live: a live grid and its zone.
    tariff: price of a kWh with its currency, such as `0.30 EUR`.
    site_l_per_kwh: water evaporated on site per kWh of IT energy.
    device, life_years, share: what was reserved for the work, for embodied carbon.
    """

    region: str | None = None
    supplier_g_per_kwh: float | None = None
    pue: float | None = None
    provider: str | None = None
    grid_g_per_kwh: float | None = None
    live: tuple[Cached, str] | None = None
    tariff: str | None = None
    site_l_per_kwh: float | None = None
    device: str | None = None
    life_years: float | None = None
    share: float = 1.0

    def factors(self) -> Mapping[str, Any]:
        """The keyword arguments of `footprint`; raises CarbonError for what cannot be.

        A live grid is asked here, so call it once before the work and once after.
        """
        if self.pue is not None and self.provider is not None:
            raise CarbonError("PUE and provider were both given: give one")
        if self.grid_g_per_kwh is not None and self.live is not None:
            raise CarbonError("an own grid factor and a live grid were both given: give one")
        found: dict[str, Any] = {"supplier_g_per_kwh": self.supplier_g_per_kwh}
        if self.pue is not None:
            found["pue"] = pue_of(self.pue)
        if self.provider is not None:
            found |= {"pue": facility_pue(self.provider), "site_wue": site_water(self.provider)}
        if self.site_l_per_kwh is not None:
            found["site_wue"] = _given(self.site_l_per_kwh, "L/kWh", "water on site / IT energy")
        if self.grid_g_per_kwh is not None:
            found["grid"] = _given(self.grid_g_per_kwh, "gCO2e/kWh", "grid factor")
        if self.live is not None:
            found["grid"] = self.live[0].factor(self.live[1], self.region)
        if self.tariff is not None:
            found["price"] = _price(self.tariff)
        return found

    def footprint(
        self, energy: Figure, seconds: float, before: Mapping[str, Any] | None = None
    ) -> Footprint:
        """What the energy of so many seconds causes.

        before: the factors as the work began, so that a live grid counts with both its ends.
        """
        now = dict(self.factors())
        if before is not None and self.live is not None:
            now["grid"] = _both(before["grid"], now["grid"])
        embodied = None
        if self.device is not None:
            embodied = embodied_of_use(
                self.device, seconds=seconds, life_years=self.life_years, share=self.share
            )
        return footprint(energy, self.region, embodied=embodied, **now)


def _both(first: Figure, last: Figure) -> Figure:
    """The mean of two factors, with an interval that holds both of theirs."""
    values = [f.value for f in (first, last) if f.value is not None]
    lows = [f.low for f in (first, last) if f.low is not None]
    highs = [f.high for f in (first, last) if f.high is not None]
    if not values or not lows or not highs:
        return last
    return Figure.of(
        sum(values) / len(values), min(lows), max(highs), last.unit, basis=last.basis,
        source=last.source, boundary=last.boundary, error=next(iter(last.errors), None),
    )  # fmt: skip


def _given(value: float, unit: str, boundary: str) -> Figure:
    if not 0 <= value < 1e6:
        raise CarbonError(f"{boundary} of {value:g} {unit}: give 0 or more")
    return Figure.exact(value, unit, basis="reported", source="as given", boundary=boundary)


def _price(text: str) -> Figure:
    """Currency per kWh.

    >>> _price("0.30 EUR").unit
    'EUR/kWh'
    """
    found = _TARIFF.fullmatch(text.upper())
    if found is None:
        raise CarbonError(f"tariff {text!r} is not a price of a kWh: write for example '0.30 EUR'")
    return Figure.exact(
        float(found[1]), f"{found[2]}/kWh", basis="reported", source="tariff, as given",
        boundary="electricity bought",
    )  # fmt: skip
