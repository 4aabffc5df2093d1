"""A plan read back from the JSON that `modicum plan train` or `plan serve` writes with --json."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modicum.carbon import Footprint
from modicum.errors import PlanError
from modicum.figures import Figure
from modicum.plan.train import TrainPlan

_KEYS: dict[str, tuple[str, ...]] = {
    "energy": ("energy_kwh", "energy_wh"),
    "carbon": ("carbon_kg", "carbon_g"),
    "market": ("carbon_market_kg", "carbon_market_g"),
    "embodied": ("embodied_kg", "embodied_g"),
    "water": ("water_l", "water_ml"),
    "cost": ("cost",),
    "chip_hours": ("chip_hours",),
    "time": ("time_h",),
}
_UNITS = {"energy": "kWh", "cost": "USD", "chip_hours": "h", "time": "h", "water": "L"}


def read_plan(path: Path) -> TrainPlan:
    """The plan in a file, or on stdin where the path is `-`."""
    name = "stdin" if str(path) == "-" else str(path)
    try:
        text = sys.stdin.read() if name == "stdin" else path.read_text(encoding="utf-8")
        plain = json.loads(text)
    except (OSError, ValueError) as error:
        raise PlanError(
            f"{name} holds no plan ({error}): write one with `modicum plan train ... --json`"
        ) from error
    if isinstance(plain, dict) and isinstance(plain.get("plans"), list) and plain["plans"]:
        plain = plain["plans"][0]
    if not isinstance(plain, dict) or not any(k in plain for k in _KEYS["energy"]):
        raise PlanError(
            f"{name} holds no energy: write a plan with `modicum plan train ... --json`"
        )
    return _plan(plain, name)


def _plan(plain: Mapping[str, Any], name: str) -> TrainPlan:
    found = {part: _figure(plain, part, name) for part in _KEYS}
    return TrainPlan(
        what=str(plain.get("what") or Path(name).stem),
        footprint=Footprint(
            found["energy"].to("J"),
            found["carbon"].to("gCO2e"),
            found["market"].to("gCO2e"),
            found["water"].to("L"),
            found["cost"],
        ),
        chip_hours=found["chip_hours"],
        embodied_g=found["embodied"].to("gCO2e"),
        assumptions=tuple(map(str, plain.get("assumptions") or ())),
        arithmetic=plain.get("kind") == "arithmetic",
        time=found["time"],
    )


def _figure(plain: Mapping[str, Any], part: str, name: str) -> Figure:
    for key in _KEYS[part]:
        if key in plain:
            try:
                return Figure.from_dict(plain[key])
            except (KeyError, TypeError, ValueError) as error:
                raise PlanError(f"{name}: {key} is not a figure: {error}") from error
    return Figure.unknown(_UNITS.get(part, "gCO2e"), f"the plan says nothing of {part}")
