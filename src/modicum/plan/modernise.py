"""Today's hardware against newer: energy, carbon with embodied, money, and the break-even date."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from modicum.carbon import electricity_price, footprint, grid_factor
from modicum.errors import PlanError
from modicum.figures import Figure
from modicum.plan.devices import Device
from modicum.plan.inputs import count, given, given_grid, given_pue
from modicum.plan.limits import at_most, positive, share

_YEAR_H = 8760.0

_LONGEST = 50.0
"""Years that no server, chip or switch serves."""


@dataclass(frozen=True, slots=True)
class Estate:
    """Devices at a mean load; their work is count x load x performance."""

    device: Device
    count: int
    load: float

    def __post_init__(self) -> None:
        positive(f"number of {self.device.name}", self.count)
        share("load", self.load)

    @property
    def work(self) -> float:
        """What they do, in the device's unit."""
        return self.count * self.load * self.device.performance

    def yearly(self) -> Figure:
        """IT energy in a year."""
        hours = count("hours", _YEAR_H, "h")
        return (self.device.power(self.load) * hours * float(self.count)).to("kWh")

    def idle_share(self) -> float:
        """Share of the energy that would flow without any work."""
        return self.device.idle_w / self.device.watts(self.load)


@dataclass(frozen=True, slots=True)
class Modernisation:
    """Old against new, year by year alike: what is saved, what is spent, when it is even."""

    old: Estate
    new: Estate
    years: float
    energy_saved: Figure
    carbon_saved_yearly: Figure
    embodied: Figure
    carbon_saved: Figure
    money_saved: Figure
    break_even_years: Figure
    start: date

    @property
    def pays_back(self) -> bool | None:
        """Whether embodied carbon comes back within the years; None where nobody can say."""
        even = self.break_even_years
        if not even.known:
            return False
        if (even.low or 0) <= self.years < (even.high or 0):
            return None
        return (even.value or 0) <= self.years

    def verdict(self) -> str:
        """One sentence on the carbon."""
        even = self.break_even_years
        if even.value is None:
            return f"never pays back its embodied carbon: {even.reason}"
        day = self.start + timedelta(days=365.25 * even.value)
        if self.pays_back is None:
            return (
                f"may or may not pay back its embodied carbon in {self.years:g} years: break-even "
                f"after {even.low:.1f} to {even.high:.1f}"
            )
        if not self.pays_back:
            return (
                f"does not pay back its embodied carbon in {self.years:g} years: break-even only "
                f"after {even.value:.1f}, on {day.isoformat()}"
            )
        return f"pays back its embodied carbon by {day.isoformat()}, after {even.value:.1f} years"

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "old": {"device": self.old.device.name, "count": self.old.count, "load": self.old.load},
            "new": {"device": self.new.device.name, "count": self.new.count, "load": self.new.load},
            "years": self.years,
            "idle_share_old": self.old.idle_share(),
            "idle_share_new": self.new.idle_share(),
            "energy_saved_kwh": self.energy_saved.to("kWh").to_dict(),
            "carbon_saved_yearly_kg": self.carbon_saved_yearly.to("kgCO2e").to_dict(),
            "embodied_kg": self.embodied.to_dict(),
            "carbon_saved_kg": self.carbon_saved.to("kgCO2e").to_dict(),
            "money_saved": self.money_saved.to_dict(),
            "break_even_years": self.break_even_years.to_dict(),
            "verdict": self.verdict(),
        }


def consolidated(old: Estate, device: Device, load: float) -> Estate:
    """As many new devices as do the same work at this mean load."""
    if device.unit != old.device.unit:
        raise PlanError(
            f"{old.device.name} is counted in {old.device.unit}, {device.name} in {device.unit}: "
            "compare devices of one kind"
        )
    need = old.work / (device.performance * share("load", load))
    number = max(1, math.ceil(need - 1e-9))
    return Estate(device, number, min(1.0, old.work / (number * device.performance)))


def modernise(
    old: Estate,
    device: Device,
    *,
    years: float = 5.0,
    load: float | None = None,
    region: str | None = None,
    grid_g_per_kwh: float | None = None,
    pue: float | None = None,
    price_of_device: float | None = None,
    currency: str = "EUR",
    start: date,
) -> Modernisation:
    """Replace an estate by `device` at `load` (the old one's, if not given) for `years`."""
    new = consolidated(old, device, load or old.load)
    span = at_most("years", positive("years", years), _LONGEST)
    if price_of_device is not None:
        positive("price", price_of_device)
    if len(currency) != 3 or not currency.isalpha():
        raise PlanError(f"currency {currency!r}: give its three letters, such as EUR")
    saved = old.yearly() - new.yearly()
    grid = grid_factor(region) if grid_g_per_kwh is None else given_grid(grid_g_per_kwh)
    used = footprint(saved, region, pue=None if pue is None else given_pue(pue), grid=grid)
    made = device.embodied() * float(new.count)
    yearly = used.carbon_g.to("kgCO2e")
    return Modernisation(
        old=old,
        new=new,
        years=span,
        energy_saved=used.energy_j.to("kWh") * span,
        carbon_saved_yearly=yearly,
        embodied=made,
        carbon_saved=yearly * span - made,
        money_saved=_money(used.energy_j * span, new, region, price_of_device, currency),
        break_even_years=_break_even(made, yearly),
        start=start,
    )


def _break_even(made: Figure, yearly: Figure) -> Figure:
    if (yearly.value or 0.0) <= 0:
        return Figure.unknown(
            "year",
            f"it saves no carbon in use ({yearly.value or 0:.0f} kg a year)",
            boundary="embodied / yearly saving",
        )
    once = (made / yearly).relabel(boundary="embodied / yearly saving")
    if once.known:
        return once * Figure.exact(
            1.0, "year", basis="modelled", source="kg / (kg a year)", boundary="definition"
        )
    ratio = (made.value or 0) / (yearly.value or 1)
    return Figure.of(
        ratio,
        ratio / 10,
        ratio * 10,
        "year",
        basis="assumed",
        source=f"{once.source}; the yearly saving's interval holds zero",
        boundary=once.boundary,
    )


def _money(
    energy: Figure, new: Estate, region: str | None, price: float | None, currency: str
) -> Figure:
    tariff = electricity_price(region)
    spared = energy * tariff
    if price is None:
        return Figure.unknown(
            spared.unit, f"the price of a {new.device.name} was not given: give one"
        )
    if spared.unit != currency:
        return Figure.unknown(
            currency, f"electricity is priced in {spared.unit}, the device in {currency}"
        )
    return spared - given("price", price, currency) * float(new.count)
