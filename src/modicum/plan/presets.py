"""Published trainings by name, with inputs that can be changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from modicum.errors import PlanError
from modicum.plan.chips import Chip, find_chip
from modicum.plan.site import Site
from modicum.plan.tables import Row, keyed, look_up
from modicum.plan.train import (
    TrainPlan,
    train_from_chip_hours,
    train_from_energy,
    train_from_time,
)
from modicum.plan.workload import Workload

_INPUTS = ("chips", "watts", "hours", "gpu_hours")


@cache
def presets() -> Mapping[str, Row]:
    """The rows of trainings.csv by name."""
    return keyed("trainings", "preset", lambda row: row)


def find_preset(name: str) -> Row:
    """One preset; PlanError names the nearest."""
    return look_up("preset", name, presets())


def plan_preset(name: str, site: Site | None = None, **changes: float) -> TrainPlan:
    """The training as published; `site` and any of chips, watts, hours, gpu_hours may be changed.

    A `pue` or `grid_g_per_kwh` among the changes is the same as in a site.

    >>> round(plan_preset("gpt-3").footprint.energy_j.to("MWh").value or 0)
    1289
    """
    row = find_preset(name)
    place = _place(row, site or Site(), changes)
    _used(name, row, changes)
    value = {k: float(row[k]) for k in _INPUTS if row[k]} | changes
    chip = find_chip(row["chip"]) if row["chip"] else None
    return replace(_planned(row, value, place, chip), published=row["published"])


def _planned(row: Row, value: Mapping[str, float], site: Site, chip: Chip | None) -> TrainPlan:
    what = f"{row['what']} ({row['source']})"
    if row["energy_kwh"]:
        return train_from_energy(float(row["energy_kwh"]), site=site, what=what)
    if "gpu_hours" in value:
        return train_from_chip_hours(
            value["gpu_hours"], value["watts"], site=site, what=what, chip=chip
        )
    return train_from_time(
        chips=value["chips"],
        watts=value["watts"],
        hours=value["hours"],
        site=site,
        what=what,
        chip=chip,
        search=bool(row["search"]),
    )


def _used(name: str, row: Row, changes: Mapping[str, float]) -> None:
    """Refuse changes of inputs that this training is not computed from."""
    if row["energy_kwh"]:
        form, unused = "a measured energy", {*_INPUTS}
    elif row["gpu_hours"]:
        form, unused = "accelerator hours", {"chips", "hours"}
    else:
        return
    wrong = sorted(unused & set(changes))
    if wrong:
        raise PlanError(f"preset {name!r} is computed from {form}: it has no {wrong[0]} to change")


def _place(row: Row, site: Site, changes: dict[str, float]) -> Site:
    """The site as given, filled up with what was published; a region given replaces its factor."""
    pue = changes.pop("pue", site.pue)
    grid = changes.pop("grid_g_per_kwh", site.grid_g_per_kwh)
    if pue is None and site.provider is None and not site.watts_include_pue and row["pue"]:
        pue = float(row["pue"])
    if grid is None and site.region is None and row["grid_g_per_kwh"]:
        grid = float(row["grid_g_per_kwh"])
    return replace(site, pue=pue, grid_g_per_kwh=grid, region=site.region or row["region"] or None)


def preset_workload(name: str, *, utilisation: bool = True) -> Workload:
    """The training's parameters, tokens and chip, with or without its utilisation."""
    row = find_preset(name)
    if not row["active_params"] or not row["tokens"]:
        raise PlanError(f"preset {name!r} has no parameters and tokens: give them")
    return Workload(
        active_params=float(row["active_params"]),
        tokens=float(row["tokens"]),
        chip=find_chip(row["chip"]),
        utilisation=float(row["utilisation"]) if utilisation and row["utilisation"] else None,
    )
