"""What the options of `modicum plan train` ask for, as plans."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from modicum.errors import PlanError

if TYPE_CHECKING:
    from modicum.plan.chips import Chip
    from modicum.plan.site import Site
    from modicum.plan.train import TrainPlan


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options say of the training itself."""

    energy_kwh: float | None
    chips: float | None
    watts: float | None
    hours: float | None
    gpu_hours: float | None
    params: float | None
    tokens: float | None
    chip: str | None
    utilisation: float | None
    search: bool

    @property
    def anything(self) -> bool:
        """Whether an option describes a training."""
        return any(
            v is not None for v in (self.energy_kwh, self.chips, self.gpu_hours, self.params)
        )


def plans_of(asked: Asked, site: Site, preset: str | None, compare: list[str]) -> list[TrainPlan]:
    """The plan that is asked for, and those to stand beside it."""
    from modicum.plan.presets import plan_preset, presets
    from modicum.plan.saved import read_plan

    plans = []
    if preset:
        if asked.energy_kwh is not None or asked.params is not None:
            raise PlanError(f"preset {preset!r} has its own size and energy: leave out the other")
        given = {
            "chips": asked.chips,
            "watts": asked.watts,
            "hours": asked.hours,
            "gpu_hours": asked.gpu_hours,
        }
        plans.append(plan_preset(preset, site, **{k: v for k, v in given.items() if v is not None}))
    elif asked.anything:
        plans.append(_plan(asked, site))
    for name in (name for names in compare for name in names.split(",")):
        if name.endswith(".json"):
            plans.append(read_plan(Path(name)))
        elif name in presets() or asked.params is None:
            plans.append(plan_preset(name))
        else:
            plans.append(_plan(replace(asked, chip=name, watts=None, chips=None), site))
    if not plans:
        raise PlanError(
            "nothing to plan: give --chips with --watts and --days, --gpu-hours with --watts, "
            "--energy-kwh, --params with --tokens and --chip, or --preset"
        )
    return plans


def _plan(asked: Asked, site: Site) -> TrainPlan:
    from modicum.plan import train as t
    from modicum.plan.chips import find_chip

    named = find_chip(asked.chip) if asked.chip else None
    if asked.energy_kwh is not None:
        return _from_energy(asked, site)
    if asked.params is not None:
        return _from_size(asked, site, named)
    if asked.gpu_hours is not None and (asked.chips is not None or asked.hours is not None):
        raise PlanError("time is given twice: give --gpu-hours, or --chips with --days or --hours")
    if asked.watts is None:
        raise PlanError("power is missing: give --watts, the average draw of one accelerator")
    if asked.gpu_hours is not None:
        return t.train_from_chip_hours(
            asked.gpu_hours, asked.watts, site=site, chip=named, search=asked.search
        )
    if asked.hours is None or asked.chips is None:
        raise PlanError("time is missing: give --days or --hours with --chips, or --gpu-hours")
    return t.train_from_time(
        chips=asked.chips,
        watts=asked.watts,
        hours=asked.hours,
        site=site,
        chip=named,
        search=asked.search,
    )


def _from_energy(asked: Asked, site: Site) -> TrainPlan:
    from modicum.plan.train import train_from_energy

    others = (asked.chips, asked.gpu_hours, asked.hours, asked.watts, asked.params)
    if asked.energy_kwh is None or any(v is not None for v in others):
        raise PlanError("energy is given twice: give --energy-kwh, or what to compute it from")
    return train_from_energy(asked.energy_kwh, site=site)


def _from_size(asked: Asked, site: Site, chip: Chip | None) -> TrainPlan:
    from modicum.plan import train as t

    if asked.tokens is None or chip is None:
        raise PlanError("a plan from parameters needs --tokens and --chip as well")
    work = t.Workload(asked.params or 0.0, asked.tokens, chip, asked.utilisation)
    needed = None
    if asked.chips is not None and asked.hours is not None:
        needed = t.needed_utilisation(work, asked.chips, asked.hours)
        if work.utilisation is None:
            work = replace(work, utilisation=needed)
    what = f"{work.active_params / 1e9:g} B, {work.tokens / 1e9:,.0f} B tokens, {chip.name}"
    plan = t.train_from_size(work, site=site, watts=asked.watts, chips=asked.chips, what=what)
    if needed is None:
        return plan
    note = f"utilisation that {asked.chips:g} chips and {asked.hours:g} h need: {needed:.2f}"
    return replace(plan, assumptions=(*plan.assumptions, note))


def size_of(params: float | None, model: str | None, config: Path | None) -> float | None:
    """Active parameters, from the one option that gives them."""
    from modicum.plan.models import find_model
    from modicum.plan.size import read_config

    if sum(x is not None for x in (params, model, config)) > 1:
        raise PlanError("the size is given twice: give one of --params, --model and --config")
    if model is not None:
        return find_model(model).active
    return read_config(config).active if config is not None else params


def hours_of(days: float | None, hours: float | None) -> float | None:
    """Hours, from the one option that gives them."""
    if days is not None and hours is not None:
        raise PlanError(f"{days:g} days and {hours:g} hours: give one of them")
    return days * 24 if days is not None else hours
