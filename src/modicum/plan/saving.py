"""What a placement saves, against what, made of what, and what is left of it under forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from modicum.errors import PlanError
from modicum.figures import Figure, total
from modicum.plan.baselines import cheapest_first, run_now
from modicum.plan.instance import Instance, Slot
from modicum.plan.limits import not_negative
from modicum.plan.place import Placement, place

if TYPE_CHECKING:
    from modicum.plan.sites import Site

_GRID_FACTOR = 1.10
"""Hourly intensities are known within a tenth: methods and imports differ (Electricity Maps'
own direct and life-cycle columns differ by more)."""


@dataclass(frozen=True, slots=True)
class Saving:
    """A placement against run-now, cheapest-first and deferral alone, in carbon; `aim_share` and
    `bound_share` are in what the placement aims at."""

    run_now: Figure
    cheapest_first: Figure
    planned: Figure
    deferral_share: float | None
    aim_share: float
    bound_share: float
    moving_share: float

    @property
    def share(self) -> Figure:
        """Carbon saved against run-now, as a share; errors of a shared grid cancel."""
        return _share(self.planned, self.run_now)

    @property
    def against_cheapest(self) -> Figure:
        """Carbon saved against cheapest-first."""
        return _share(self.planned, self.cheapest_first)

    def to_dict(self) -> dict[str, Any]:
        """Plain data: carbon in kg, shares as figures."""
        alone, share = self.deferral_share, self.share.value
        together = None if alone is None or share is None else share - alone
        return {
            "run_now_kg": self.run_now.to("kgCO2e").to_dict(),
            "cheapest_first_kg": self.cheapest_first.to("kgCO2e").to_dict(),
            "planned_kg": self.planned.to("kgCO2e").to_dict(),
            "saving": self.share.to_dict(),
            "saving_against_cheapest_first": self.against_cheapest.to_dict(),
            "saving_of_the_aim": self.aim_share,
            "made_of": {
                "deferral_alone": alone,
                "elsewhere_and_together": together,
                "network_spent": self.moving_share,
            },
            "no_schedule_saves_more_than": self.bound_share,
        }


def compare(instance: Instance, placement: Placement, *, deferral: bool = True) -> Saving:
    """The carbon of a placement beside that of the simple ways, at the same deadlines."""
    now = run_now(instance)
    plain, cost_now = carbon(instance, now).value or 0.0, instance.total(now)
    planned = list(placement.schedule)
    moved = sum(float(instance.moving_g[j, s.site]) for j, s in enumerate(planned))
    return Saving(
        run_now=carbon(instance, now),
        cheapest_first=carbon(instance, cheapest_first(instance)),
        planned=carbon(instance, planned),
        deferral_share=_deferral(instance) if deferral else None,
        aim_share=_less(placement.cost, cost_now),
        bound_share=_less(placement.bound, cost_now),
        moving_share=moved / plain if plain else 0.0,
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


def replay(
    instance: Instance, error: float = 0.10, seed: int = 0, rounds: int = 25, draws: int = 1
) -> Figure:
    """The saving that is left when the plan only saw a forecast: mean and range of `draws`.

    The forecast's relative error is an autoregressive series that grows from nothing to `error`
    over the first day and stays (day-ahead carbon forecasts: 4-13% MAPE, Maji et al. 2022).
    """
    not_negative("forecast error", error)
    now = carbon(instance, run_now(instance)).value or 0.0
    left = []
    for draw in range(draws):
        sites = [
            _forecast(s, error, 1000 * (seed + draw) + n) for n, s in enumerate(instance.sites)
        ]
        planned = place(replace(instance, sites=sites), rounds=rounds).schedule
        left.append(_less(carbon(instance, planned).value or 0.0, now))
    return Figure.of(
        sum(left) / draws,
        min(left),
        max(left),
        "1",
        basis="modelled",
        source=f"{draws} forecasts with an error of {error:.0%}",
        boundary="carbon saved against run-now",
    )


def _share(planned: Figure, other: Figure) -> Figure:
    if not other.value:
        return Figure.unknown("1", "run-now emits nothing, so there is nothing to save")
    one = Figure.exact(1.0, "1", basis="modelled", source="definition", boundary="share")
    return one - planned / other


def _less(cost: float, now: float) -> float:
    return 1 - cost / now if now else 0.0


def _grams(instance: Instance, j: int, slot: Slot) -> float:
    p, hours = slot.site, list(slot.hours)
    run = instance.kwh[j, p] * instance.grams[p, hours].sum()
    return float(run + instance.moving_g[j, p])


def _deferral(instance: Instance) -> float | None:
    """What waiting alone saves: every job at home, against every job at home at once.

    Where a home is too small for its own jobs, it is made larger for this comparison alone.
    """
    for times in (1, 2, 4, 8):
        sites = [replace(s, machines=s.machines * times) for s in instance.sites]
        try:
            home = replace(instance, sites=sites, home_only=True)
            at_once = carbon(home, run_now(home)).value or 0.0
            later = carbon(home, place(home, rounds=15).schedule).value or 0.0
        except PlanError:  # a home with too few machines, or with none at all
            continue
        return _less(later, at_once)
    return None


def _forecast(site: Site, error: float, seed: int) -> Site:
    import numpy as np

    draw = np.random.default_rng(seed)
    wrong = np.zeros(len(site.intensity))
    for h in range(1, len(wrong)):
        wrong[h] = 0.9 * wrong[h - 1] + draw.normal(0, error * np.sqrt(1 - 0.81))
    ramp = np.minimum(1.0, np.arange(len(wrong)) / 24)
    return replace(site, intensity=site.intensity * np.clip(1 + wrong * ramp, 0.2, 3.0))
