"""A fleet over years: servers x power x utilisation, growth, efficiency, rebound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modicum.carbon import Footprint, equivalent, footprint
from modicum.errors import PlanError
from modicum.figures import Figure
from modicum.plan.inputs import given_pue
from modicum.plan.limits import at_least, at_most, not_negative, positive, share
from modicum.plan.tables import look_up

YEAR_H = 8760.0

COUNTRIES = {"Netherlands": 108.5, "Sweden": 124.4}
"""Yearly electricity in TWh, 2020 (the figures that de Vries 2023 is compared with)."""

_GROWTH_LIMIT = 9.0
"""Ten times as many servers each year: above it a share was meant as a percentage."""

_FAR = 100
"""Years beyond which a yearly growth says nothing any more."""

_DE_VRIES = "de Vries 2023, Joule 7(10), 2191"


@dataclass(frozen=True, slots=True)
class Fleet:
    """Servers with their power range, and how they change each year.

    `optimised` is the share that better operations might save ("up to 30%" in the text this project
    comes from); it is told beside the energy and never taken off it.
    """

    servers: float
    kw_low: float
    kw_high: float
    utilisation: float = 1.0
    growth: float = 0.0
    efficiency: float = 0.0
    rebound: float = 0.0
    optimised: float = 0.30
    pue: float | None = None
    source: str = "as given"

    def __post_init__(self) -> None:
        positive("servers", self.servers)
        positive("power in kW", self.kw_low)
        share("utilisation", self.utilisation)
        if self.kw_high < self.kw_low:
            raise PlanError(
                f"power from {self.kw_low:g} to {self.kw_high:g} kW: give low, then high"
            )
        if not -1 < self.growth <= _GROWTH_LIMIT:
            raise PlanError(
                f"growth is {self.growth:g}: give more than -1 (everything switched off) and at "
                f"most {_GROWTH_LIMIT:g}"
            )
        if not 0 <= self.efficiency < 1:
            raise PlanError(f"efficiency gain is {self.efficiency:g}: give at least 0 and under 1")
        not_negative("rebound", self.rebound)
        if not 0 <= self.optimised < 1:
            raise PlanError(f"optimised share is {self.optimised:g}: give at least 0 and under 1")


@dataclass(frozen=True, slots=True)
class YearOfFleet:
    """One year: energy with the fleet's range, how it compares, and what made it: `changes` are
    shares of the first year's energy, by growth, by efficiency, by rebound, in this order."""

    year: int
    energy: Figure
    optimised: Figure
    surpassed_low: tuple[str, ...]
    surpassed_high: tuple[str, ...]
    homes: Figure
    footprint: Footprint
    changes: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "year": self.year,
            "energy_twh": self.energy.to_dict(),
            "energy_with_optimised_operations_twh": self.optimised.to_dict(),
            "surpassed_at_low": list(self.surpassed_low),
            "surpassed_at_high": list(self.surpassed_high),
            "homes": self.homes.to_dict(),
            "carbon_t": self.footprint.carbon_g.to("tCO2e").to_dict(),
            "changes_since_first_year": dict(self.changes),
        }


SCENARIOS: dict[str, Fleet] = {
    "devries-2027": Fleet(
        1_500_000, 6.5, 10.2, source=f"{_DE_VRIES}: NVIDIA's servers sold by 2027"
    ),
    "devries-2023": Fleet(100_000, 6.5, 10.2, source=f"{_DE_VRIES}: NVIDIA's servers sold in 2023"),
    "devries-search": Fleet(512_821, 6.5, 6.5, source=f"{_DE_VRIES}, after SemiAnalysis"),
}


def find_scenario(name: str) -> Fleet:
    """A named scenario; PlanError names the nearest."""
    return look_up("scenario", name, SCENARIOS)


def project(
    fleet: Fleet, years: int = 1, first: int = 2027, region: str | None = None
) -> tuple[YearOfFleet, ...]:
    """The fleet's energy in each of `years` years, compared with countries and homes.

    >>> year = project(SCENARIOS["devries-2027"])[0]
    >>> round(year.energy.low or 0, 1), round(year.energy.high or 0, 1)
    (85.4, 134.0)
    >>> year.surpassed_low, year.surpassed_high
    ((), ('Netherlands', 'Sweden'))
    """
    if not 1 <= years <= _FAR:
        raise PlanError(f"{years} years: give at least 1 and at most {_FAR}")
    at_most("first year", at_least("first year", first, 1950), 2200)
    return tuple(_year(fleet, n, first + n, region) for n in range(years))


def per_unit_wh(energy: Figure, per_day: float) -> Figure:
    """Wh for each of `per_day` searches or requests, from a yearly energy."""
    return energy.to("Wh").per("request", positive("requests per day", per_day) * 365)


def _year(fleet: Fleet, n: int, year: int, region: str | None) -> YearOfFleet:
    it = _energy(fleet, n)
    whole = footprint(it, region, pue=None if fleet.pue is None else given_pue(fleet.pue))
    energy = whole.energy_j.to("TWh")
    low, high = energy.low or 0.0, energy.high or 0.0
    return YearOfFleet(
        year=year,
        energy=energy,
        optimised=energy * (1 - fleet.optimised),
        surpassed_low=tuple(c for c, used in COUNTRIES.items() if low > used),
        surpassed_high=tuple(c for c, used in COUNTRIES.items() if high > used),
        homes=equivalent(energy, "home-year").count,
        footprint=whole,
        changes=_changes(fleet, n),
    )


def _changes(fleet: Fleet, n: int) -> dict[str, float]:
    """What growth, efficiency and rebound did since the first year, one upon the other.

    >>> _changes(Fleet(1, 1, 1, growth=1.0, efficiency=0.5, rebound=0.5), 1)
    {'growth': 1.0, 'efficiency': -1.0, 'rebound': 0.5}
    """
    grown, frugal = (1 + fleet.growth) ** n, (1 - fleet.efficiency) ** n
    spared = grown * (1 - frugal)
    return {"growth": grown - 1, "efficiency": -spared, "rebound": spared * fleet.rebound}


def _energy(fleet: Fleet, n: int) -> Figure:
    """Servers in year n, each more frugal, with a share of the saving used up again."""
    frugal = (1 - fleet.efficiency) ** n
    kept = frugal + (1 - frugal) * fleet.rebound
    scale = fleet.servers * (1 + fleet.growth) ** n * fleet.utilisation * kept * YEAR_H / 1e9
    middle = (fleet.kw_low + fleet.kw_high) / 2
    # One power for both ends is a quoted one, known within the digits that people quote.
    wide = 1.02 if fleet.kw_low == fleet.kw_high else 1.0
    return Figure.of(
        middle * scale,
        fleet.kw_low * scale / wide,
        fleet.kw_high * scale * wide,
        "TWh",
        basis="modelled",
        source=f"servers x power x hours; {fleet.source}",
        boundary="servers, one year",
        error="fleet power",
    )
