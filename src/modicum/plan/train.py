"""What a training uses: from chips and time, or from parameters, tokens and hardware."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from modicum.carbon import Footprint
from modicum.figures import Figure
from modicum.plan.chips import Chip, embodied_of
from modicum.plan.inputs import count, given
from modicum.plan.limits import at_most, not_negative, positive
from modicum.plan.site import Site
from modicum.plan.traps import Trap
from modicum.plan.workload import UTILISATION, Workload, needed_utilisation

__all__ = [
    "Site",
    "TrainPlan",
    "Workload",
    "hired",
    "needed_utilisation",
    "train_from_chip_hours",
    "train_from_energy",
    "train_from_size",
    "train_from_time",
]

_NO_CHIPS = Figure.unknown("h", "the number of chips was not given")
_NO_PRICE = Figure.unknown("USD", "the price of a chip hour was not given")

_WORLD_TWH = 31_000.0
"""The world's electricity in a year (Ember 2025: 30,900 TWh in 2024); no training used a share."""


@dataclass(frozen=True, slots=True)
class TrainPlan:
    """The footprint of a training, what was assumed, and what looks like a mistake."""

    what: str
    footprint: Footprint
    chip_hours: Figure
    embodied_g: Figure
    assumptions: tuple[str, ...] = ()
    warnings: tuple[Trap, ...] = ()
    arithmetic: bool = True
    time: Figure = _NO_CHIPS
    hire: Figure = _NO_PRICE
    published: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain data: energy in kWh, carbon in kg, time in hours, as figures."""
        used = self.footprint
        plain: dict[str, Any] = {
            "what": self.what,
            "kind": "arithmetic" if self.arithmetic else "prediction",
            "energy_kwh": used.energy_j.to("kWh").to_dict(),
            "carbon_kg": used.carbon_g.to("kgCO2e").to_dict(),
            "carbon_market_kg": used.carbon_market_g.to("kgCO2e").to_dict(),
            "embodied_kg": self.embodied_g.to("kgCO2e").to_dict(),
            "water_l": used.water_l.to_dict(),
            "cost": used.cost.to_dict(),
            "hire": self.hire.to_dict(),
            "chip_hours": self.chip_hours.to_dict(),
            "time_h": self.time.to_dict(),
            "assumptions": list(self.assumptions),
            "warnings": [str(w) for w in self.warnings],
        }
        return plain | ({"published": self.published} if self.published else {})


def train_from_time(
    *,
    chips: float,
    watts: float,
    hours: float,
    site: Site | None = None,
    what: str = "training",
    chip: Chip | None = None,
    search: bool = False,
) -> TrainPlan:
    """Chips x hours x power x PUE: arithmetic on given numbers."""
    time = given("hours", positive("hours", hours), "h")
    chip_hours = count("chips", positive("chips", chips)) * time
    plan = _from_chip_hours(chip_hours, watts, site or Site(), what, chip, search)
    return replace(plan, time=time)


def train_from_chip_hours(
    chip_hours: float,
    watts: float,
    *,
    site: Site | None = None,
    what: str = "training",
    chip: Chip | None = None,
    search: bool = False,
) -> TrainPlan:
    """The same from accelerator hours, as model cards quote them."""
    hours = given("gpu hours", positive("gpu hours", chip_hours), "h")
    return _from_chip_hours(hours, watts, site or Site(), what, chip, search)


def train_from_energy(
    it_energy_kwh: float, *, site: Site | None = None, what: str = "training"
) -> TrainPlan:
    """From an energy that was measured or quoted, before PUE."""
    where = site or Site()
    energy = _of_this_world(given("energy", not_negative("energy", it_energy_kwh), "kWh")).relabel(
        boundary="IT equipment"
    )
    return TrainPlan(
        what,
        where.used(energy),
        Figure.unknown("h", "chip hours were not given"),
        Figure.unknown("gCO2e", "embodied carbon needs chip hours"),
        where.assumed(),
        where.traps(None),
    )


def train_from_size(
    work: Workload,
    *,
    site: Site | None = None,
    watts: float | None = None,
    what: str = "training",
    chips: float | None = None,
) -> TrainPlan:
    """Before the run: 6 N D over the chip's peak and utilisation, times its average draw."""
    where, chip_hours = site or Site(), work.chip_hours()
    told = list(where.assumed())
    if watts is None:
        power = work.chip.draw()
        told.append(f"average draw of {work.chip.name} from the catalogue: {power.value:g} W")
    else:
        power = given("watts", positive("watts", watts), "W")
    if work.utilisation is None:
        value, factor = UTILISATION
        told.append(
            f"utilisation not given: {value:.2f}, from {value / factor:.2f} to {value * factor:.2f}"
        )
    if not work.chip.confirmed:
        told.append(f"a figure of {work.chip.name} is unconfirmed: see `plan hardware`")
    return TrainPlan(
        what,
        where.used(_of_this_world((chip_hours * power).to("J").relabel(boundary="IT equipment"))),
        chip_hours,
        embodied_of(work.chip, chip_hours),
        tuple(told),
        where.traps(watts),
        arithmetic=False,
        time=_NO_CHIPS if chips is None else chip_hours / positive("chips", chips),
    )


def hired(plan: TrainPlan, price: float, currency: str = "USD") -> TrainPlan:
    """The plan with the hire of its chips at a price per chip hour."""
    tariff = given("price of a chip hour", not_negative("price", price), f"{currency}/h")
    return replace(plan, hire=plan.chip_hours * tariff)


def _of_this_world(energy: Figure) -> Figure:
    """An energy that the world could have made in a year, refused above it."""
    at_most("energy in TWh", energy.to("TWh").value or 0.0, _WORLD_TWH)
    return energy


def _from_chip_hours(
    chip_hours: Figure, watts: float, site: Site, what: str, chip: Chip | None, search: bool
) -> TrainPlan:
    power = given("watts", positive("watts", watts), "W")
    boundary = "facility, in the given watts" if site.watts_include_pue else "IT equipment"
    it = _of_this_world((chip_hours * power).to("J").relabel(basis="modelled", boundary=boundary))
    return TrainPlan(
        what,
        site.used(it),
        chip_hours,
        embodied_of(chip, chip_hours),
        site.assumed(),
        site.traps(watts, search=search),
    )
