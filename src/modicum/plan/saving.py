"""What a placement saves, against what, made of what, and what is left of it under forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from modicum.figures import Figure, total
from modicum.plan.baselines import cheapest_first, run_now
from modicum.plan.place import Instance, Placement, Slot, place

if TYPE_CHECKING:
    from modicum.plan.jobs import Site

_GRID_FACTOR = 1.10
"""Hourly intensities are known within a tenth: methods and imports differ (Electricity Maps'
own direct and life-cycle columns differ by more)."""


@dataclass(frozen=True, slots=True)
class Saving:
    """A placement against run-now, cheapest-first and deferral alone."""

    run_now: Figure
    cheapest_first: Figure
    planned: Figure
    deferral_share: float | None
    bound_share: float
    moving_share: float

    @property
    def share(self) -> Figure:
        """Carbon saved against run-now, as a share; errors of a shared grid cancel."""
        one = Figure.exact(1.0, "1", basis="modelled", source="definition", boundary="share")
        return one - self.planned / self.run_now

    def to_dict(self) -> dict[str, Any]:
        """Plain data: carbon in kg, shares as figures."""
        return {
            "run_now_kg": self.run_now.to("kgCO2e").to_dict(),
            "cheapest_first_kg": self.cheapest_first.to("kgCO2e").to_dict(),
            "planned_kg": self.planned.to("kgCO2e").to_dict(),
            "saving": self.share.to_dict(),
            "made_of": {
                "deferral_alone": self.deferral_share,
                "elsewhere_and_together": None
                if self.deferral_share is None or self.share.value is None
                else self.share.value - self.deferral_share,
                "network_spent": self.moving_share,
            },
            "no_schedule_saves_more_than": self.bound_share,
        }


def compare(instance: Instance, placement: Placement, *, deferral: bool = True) -> Saving:
    """The carbon of a placement beside that of the simple ways, at the same deadlines."""
    now = run_now(instance)
    plain = carbon(instance, now).value or 0.0
    planned = list(placement.schedule)
    moved = sum(float(instance.moving[j, s.site]) for j, s in enumerate(planned))
    alone = _deferral(instance) if deferral else None
    return Saving(
        run_now=carbon(instance, now),
        cheapest_first=carbon(instance, cheapest_first(instance)),
        planned=carbon(instance, planned),
        deferral_share=alone,
        bound_share=1 - placement.bound / plain,
        moving_share=moved / plain,
    )


def carbon(instance: Instance, schedule: Sequence[Slot]) -> Figure:
    """Grams of a schedule, one part for each region, whose errors are the region's own."""
    parts: dict[str, float] = {}
    for j, slot in enumerate(schedule):
        region = instance.sites[slot.site].region
        parts[region] = parts.get(region, 0.0) + _grams(instance, j, slot)
    return total(
        Figure.within(
            grams,
            _GRID_FACTOR,
            "gCO2e",
            basis="modelled",
            source="hourly intensity series",
            boundary="machines, network and facility of all jobs",
            error=f"grid:{region}",
        )
        for region, grams in parts.items()
    )


def _grams(instance: Instance, j: int, slot: Slot) -> float:
    site = instance.sites[slot.site]
    hours = list(slot.hours)
    energy = instance.kwh[j, slot.site] * site.pue
    return float(energy * site.intensity[hours].sum() + instance.moving[j, slot.site])


def _deferral(instance: Instance) -> float | None:
    """What waiting alone saves: every job at home, against every job at home at once."""
    from modicum.errors import PlanError

    home = replace(instance, home_only=True)
    try:
        at_once = carbon(home, run_now(home)).value or 0.0
        later = carbon(home, place(home, rounds=15, exact_below=0).schedule).value or 0.0
    except PlanError:  # some home has too few machines for its own jobs
        return None
    return 1 - later / at_once


def replay(instance: Instance, error: float = 0.10, seed: int = 0, rounds: int = 25) -> float:
    """The saving that is left when the plan only saw a forecast.

    The forecast's relative error is an autoregressive series that grows from nothing to `error`
    over the first day and stays (day-ahead carbon forecasts: 4-13% MAPE, Maji et al. 2022).
    """
    seen = replace(
        instance, sites=[_forecast(s, error, seed + n) for n, s in enumerate(instance.sites)]
    )
    planned = place(seen, rounds=rounds, exact_below=0).schedule
    actual, now = carbon(instance, planned), carbon(instance, run_now(instance))
    return 1 - (actual.value or 0.0) / (now.value or 1.0)


def _forecast(site: Site, error: float, seed: int) -> Site:
    import numpy as np

    draw = np.random.default_rng(seed)
    wrong = np.zeros(len(site.intensity))
    for h in range(1, len(wrong)):
        wrong[h] = 0.9 * wrong[h - 1] + draw.normal(0, error * np.sqrt(1 - 0.81))
    ramp = np.minimum(1.0, np.arange(len(wrong)) / 24)
    return replace(site, intensity=site.intensity * np.clip(1 + wrong * ramp, 0.2, 3.0))
