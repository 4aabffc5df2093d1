"""Published trainings by name, with inputs that can be changed."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from modicum.errors import PlanError
from modicum.plan.chips import find_chip
from modicum.plan.train import Site, TrainPlan, Workload, train_from_chip_hours, train_from_time

Row = Mapping[str, str]


@cache
def presets() -> Mapping[str, Row]:
    """The rows of trainings.csv by name."""
    place = Path(__file__).parent / "data" / "trainings.csv"
    with place.open(encoding="utf-8", newline="") as lines:
        return MappingProxyType({r["preset"]: MappingProxyType(r) for r in csv.DictReader(lines)})


def find_preset(name: str) -> Row:
    """One preset; PlanError names the nearest."""
    known = presets()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
    raise PlanError(f"preset {name!r} is not known: the nearest is {near}")


def plan_preset(name: str, **changes: float) -> TrainPlan:
    """The training as published, with any of chips, watts, hours, gpu_hours, pue, grid changed.

    >>> round(plan_preset("gpt-3").footprint.energy_j.to("MWh").value or 0)
    1289
    """
    row = find_preset(name)
    value = {k: float(v) for k, v in row.items() if k in _NUMBERS and v} | changes
    site = Site(pue=value.get("pue"), grid_g_per_kwh=value.get("grid_g_per_kwh"))
    chip, what = find_chip(row["chip"]), f"{row['what']} ({row['source']})"
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


def preset_workload(name: str, *, utilisation: bool = True) -> Workload:
    """The training's parameters, tokens and chip, with or without its utilisation."""
    row = find_preset(name)
    if not row["active_params"]:
        raise PlanError(f"preset {name!r} has no parameters and tokens: give them")
    return Workload(
        active_params=float(row["active_params"]),
        tokens=float(row["tokens"]),
        chip=find_chip(row["chip"]),
        utilisation=float(row["utilisation"]) if utilisation and row["utilisation"] else None,
    )


_NUMBERS = ("chips", "watts", "hours", "gpu_hours", "pue", "grid_g_per_kwh")
