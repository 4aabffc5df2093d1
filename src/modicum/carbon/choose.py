"""Choosing a live grid by its name: `uk`, `electricitymaps:DE`, `watttime:CAISO_NORTH`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from modicum.carbon.live import Cached, CarbonIntensityUk, ElectricityMaps, LiveGrid, WattTime
from modicum.errors import CarbonError

NAMES = ("electricitymaps", "watttime", "uk")


def find_live(
    text: str, environment: Mapping[str, str], folder: Path | None = None
) -> tuple[Cached, str]:
    """The live source that SOURCE:ZONE names, with its memory in `folder`, and the zone.

    MODICUM_<SOURCE>_URL in the environment is asked instead of the public address (a proxy).

    >>> find_live("uk", {})[1]
    'GB'
    """
    name, _, zone = text.partition(":")
    name = name.strip().lower()
    if name not in NAMES:
        known = "uk, electricitymaps:ZONE, watttime:ZONE"
        raise CarbonError(f"live grid {text!r} is not known: take one of {known}")
    if not zone and name != "uk":
        raise CarbonError(f"live grid {text!r} has no zone: write for example {name}:DE")
    return Cached(_source(name, environment), folder), zone or "GB"


def _source(name: str, environment: Mapping[str, str]) -> LiveGrid:
    base = environment.get(f"MODICUM_{name.upper()}_URL", "").rstrip("/")
    if name == "uk":
        uk = CarbonIntensityUk()
        return replace(uk, base=base or uk.base)
    if name == "watttime":
        marginal = WattTime(environment)
        return replace(marginal, base=base or marginal.base)
    maps = ElectricityMaps(environment)
    return replace(maps, base=base or maps.base)


def cache_folder() -> Path:
    """Where live answers are kept for a quarter of an hour."""
    from platformdirs import user_cache_path

    return user_cache_path("modicum")
