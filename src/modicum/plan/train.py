"""What a training uses: from chips and time, or from parameters, tokens and hardware."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from modicum.carbon import Footprint, footprint, grid_factor
from modicum.errors import PlanError
from modicum.figures import Figure
from modicum.plan.chips import Chip, find_chip
from modicum.plan.inputs import count, given, given_grid, given_pue
from modicum.plan.limits import not_negative, positive, share
from modicum.plan.traps import Trap, input_traps

_UTILISATION = (0.30, 1.55)
"""Model FLOPs utilisation where it is not given, and the factor that holds 90%: 0.197 (GPT-3) to
0.39 (GShard) in Patterson et al. 2021, 0.30 for MT-NLG (Smith et al. 2022), 0.46 for PaLM
(Chowdhery et al. 2022)."""

_FLOPS_PER = 6.0
"""Forward and backward FLOPs per active parameter and token (Kaplan et al. 2020)."""

_LIFE_H = 4 * 8760 * 0.85
"""Useful hours of a server: 4 years, used 85% of the time (Luccioni et al. 2022: 6 years, 85%)."""


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

    def to_dict(self) -> dict[str, Any]:
        """Plain data: energy in kWh, carbon in kg, as figures."""
        used = self.footprint
        return {
            "what": self.what,
            "kind": "arithmetic" if self.arithmetic else "prediction",
            "energy_kwh": used.energy_j.to("kWh").to_dict(),
            "carbon_kg": used.carbon_g.to("kgCO2e").to_dict(),
            "carbon_market_kg": used.carbon_market_g.to("kgCO2e").to_dict(),
            "embodied_kg": self.embodied_g.to("kgCO2e").to_dict(),
            "water_l": used.water_l.to_dict(),
            "cost": used.cost.to_dict(),
            "chip_hours": self.chip_hours.to_dict(),
            "assumptions": list(self.assumptions),
            "warnings": [str(w) for w in self.warnings],
        }


@dataclass(frozen=True, slots=True)
class Site:
    """Where it runs: region or grid factor, PUE, supplier's factor."""

    region: str | None = None
    pue: float | None = None
    grid_g_per_kwh: float | None = None
    supplier_g_per_kwh: float | None = None
    watts_include_pue: bool = False

    def assumed(self) -> tuple[str, ...]:
        """What nobody gave."""
        told = []
        if self.pue is None and not self.watts_include_pue:
            told.append("no PUE given: IT energy alone; a data centre adds 8% to 100%")
        if self.region is None and self.grid_g_per_kwh is None:
            told.append("no region and no grid factor: world average, 98 to 713 g/kWh")
        return tuple(told)

    def used(self, it: Figure) -> Footprint:
        """The footprint of an IT energy at this site."""
        pue = given_pue(self.pue) if self.pue is not None else None
        return footprint(
            it,
            self.region,
            supplier_g_per_kwh=self.supplier_g_per_kwh,
            pue=None if self.watts_include_pue else pue,
            grid=None if self.grid_g_per_kwh is None else given_grid(self.grid_g_per_kwh),
        )

    def traps(self, watts: float | None, *, search: bool = False) -> tuple[Trap, ...]:
        """Likely mistakes in these inputs."""
        national = grid_factor(self.region).value if self.region else None
        return tuple(
            input_traps(
                watts=watts,
                pue=self.pue,
                watts_include_pue=self.watts_include_pue,
                grid_g_per_kwh=self.grid_g_per_kwh,
                national_g_per_kwh=national,
                search=search,
            )
        )


@dataclass(frozen=True, slots=True)
class Workload:
    """A model to train: parameters that one token uses, and tokens."""

    active_params: float
    tokens: float
    chip: Chip = field(default_factory=lambda: find_chip("h100"))
    chips: int | None = None
    utilisation: float | None = None

    def flops(self) -> Figure:
        """6 N D, within the tenth that attention and recomputation add or spare."""
        work = _FLOPS_PER * positive("parameters", self.active_params)
        return Figure.within(
            work * positive("tokens", self.tokens),
            1.08,
            "FLOP",
            basis="modelled",
            source="6 N D (Kaplan et al. 2020)",
            boundary="training run",
            error="flops:6nd",
        )


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
    chip_hours = count("chips", positive("chips", chips)) * given(
        "hours", positive("hours", hours), "h"
    )
    return _from_chip_hours(chip_hours, watts, site or Site(), what, chip, search)


def train_from_chip_hours(
    chip_hours: float,
    watts: float,
    *,
    site: Site | None = None,
    what: str = "training",
    chip: Chip | None = None,
) -> TrainPlan:
    """The same from accelerator hours, as model cards quote them."""
    hours = given("gpu hours", positive("gpu hours", chip_hours), "h")
    return _from_chip_hours(hours, watts, site or Site(), what, chip, False)


def train_from_energy(
    it_energy_kwh: float, *, site: Site | None = None, what: str = "training"
) -> TrainPlan:
    """From an energy that was measured or quoted, before PUE."""
    where = site or Site()
    energy = given("energy", not_negative("energy", it_energy_kwh), "kWh").relabel(
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
    work: Workload, *, site: Site | None = None, watts: float | None = None, what: str = "training"
) -> TrainPlan:
    """Before the run: 6 N D over the chip's peak and utilisation, times its average draw."""
    where = site or Site()
    power = given("watts", positive("watts", watts), "W") if watts else work.chip.draw()
    rate = _utilisation(work) * count("peak", work.chip.tflops * 1e12, "FLOP/s")
    chip_hours = (work.flops() / rate).to("h")
    it = (chip_hours * power).to("J").relabel(boundary="IT equipment")
    told = list(where.assumed())
    if work.utilisation is None:
        told.append("utilisation not given: 0.30, from 0.19 to 0.47")
    if watts is None:
        told.append(f"average draw of {work.chip.name} from the catalogue: {power.value:g} W")
    return TrainPlan(
        what,
        where.used(it),
        chip_hours,
        _embodied(chip_hours, work.chip),
        tuple(told),
        where.traps(watts),
        arithmetic=False,
    )


def check_time(work: Workload, chips: float, hours: float) -> float:
    """Utilisation that a training in this time would need; refused above 1."""
    possible = positive("chips", chips) * positive("hours", hours) * 3600 * work.chip.tflops * 1e12
    needed = _FLOPS_PER * work.active_params * work.tokens
    if needed > possible:
        raise PlanError(
            f"the training needs {needed:.3g} FLOPs, but {chips:g} {work.chip.name} have "
            f"{possible:.3g} in {hours:g} h at their peak: give more chips or time"
        )
    return needed / possible


def _utilisation(work: Workload) -> Figure:
    if work.utilisation is not None:
        return given("utilisation", share("utilisation", work.utilisation), "1")
    value, factor = _UTILISATION
    return Figure.within(
        value,
        factor,
        "1",
        basis="assumed",
        source="Patterson et al. 2021; Smith et al. 2022; Chowdhery et al. 2022",
        boundary="model FLOPs utilisation",
        error="utilisation:training",
    )


def _from_chip_hours(
    chip_hours: Figure, watts: float, site: Site, what: str, chip: Chip | None, search: bool
) -> TrainPlan:
    power = given("watts", positive("watts", watts), "W")
    it = (
        (chip_hours * power)
        .to("J")
        .relabel(
            basis="modelled",
            boundary="facility, in the given watts" if site.watts_include_pue else "IT equipment",
        )
    )
    return TrainPlan(
        what,
        site.used(it),
        chip_hours,
        _embodied(chip_hours, chip),
        site.assumed(),
        site.traps(watts, search=search),
    )


def _embodied(chip_hours: Figure, chip: Chip | None) -> Figure:
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


def renamed(plan: TrainPlan, what: str) -> TrainPlan:
    """The same plan under another name."""
    return replace(plan, what=what)
