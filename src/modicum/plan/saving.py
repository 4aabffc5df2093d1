"""What a placement saves: against what, made of what, with the network counted either way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from modicum.errors import PlanError
from modicum.figures import Figure, total
from modicum.plan.baselines import cheapest_first, count_late, run_now
from modicum.plan.instance import KWH_PER_GB, Instance, Network, Slot
from modicum.plan.place import Placement, place

_GRID_FACTOR = 1.10
"""Hourly intensities are known within a tenth: methods and imports differ (Electricity Maps'
own direct and life-cycle columns differ by more)."""


@dataclass(frozen=True, slots=True)
class Counted:
    """With the network counted in one way: spent on it and saved, as shares of run-now."""

    spent: float | None
    saving: Figure


@dataclass(frozen=True, slots=True)
class Saving:
    """A placement against run-now, cheapest-first and deferral alone, in carbon; `aim_share` and
    `bound_share` are in what the placement aims at, None where run-now finds no schedule.

    `late` counts the jobs that each simple way ends after their deadline, which the placement
    never does; where it is not 0 the saving is against a way that does less than was asked.
    """

    run_now: Figure
    cheapest_first: Figure
    planned: Figure
    deferral_share: float | None
    aim_share: float | None
    bound_share: float | None
    network: Mapping[Network, Counted]
    counted: Network
    late: Mapping[str, int]

    @property
    def share(self) -> Figure:
        """Carbon saved against run-now, as a share; errors of a shared grid cancel."""
        return share_saved(self.planned, self.run_now)

    @property
    def against_cheapest(self) -> Figure:
        """Carbon saved against cheapest-first."""
        return share_saved(self.planned, self.cheapest_first)

    def to_dict(self) -> dict[str, Any]:
        """Plain data: carbon in kg, shares as figures."""
        alone, share = self.deferral_share, self.share.value
        together = None if alone is None or share is None else share - alone
        return {
            "run_now_kg": self.run_now.to("kgCO2e").to_dict(),
            "cheapest_first_kg": self.cheapest_first.to("kgCO2e").to_dict(),
            "planned_kg": self.planned.to("kgCO2e").to_dict(),
            "late": dict(self.late),
            "saving": self.share.to_dict(),
            "saving_against_cheapest_first": self.against_cheapest.to_dict(),
            "saving_of_the_aim": self.aim_share,
            "made_of": {
                "deferral_alone": alone,
                "elsewhere_and_together": together,
                "network_spent": self.network[self.counted].spent,
            },
            "network": {
                way: {"spent": counted.spent, "saving": counted.saving.to_dict()}
                for way, counted in self.network.items()
            },
            "no_schedule_saves_more_than": self.bound_share,
        }


def compare(instance: Instance, placement: Placement, *, deferral: bool = True) -> Saving:
    """The carbon of a placement beside that of the simple ways, at the same deadlines."""
    now, cheapest = simple(run_now, instance), simple(cheapest_first, instance)
    planned = list(placement.schedule)
    cost_now = None if isinstance(now, PlanError) else instance.total(now)
    ways = {"run_now": now, "cheapest_first": cheapest}
    return Saving(
        run_now=_carbon_of(instance, now),
        cheapest_first=_carbon_of(instance, cheapest),
        planned=carbon(instance, planned),
        deferral_share=_deferral(instance) if deferral else None,
        aim_share=_less(placement.cost, cost_now),
        bound_share=_less(placement.bound, cost_now),
        network={way: _counted(instance, planned, now, way) for way in KWH_PER_GB},
        counted=instance.network,
        late={
            name: count_late(instance, slots)
            for name, slots in ways.items()
            if not isinstance(slots, PlanError)
        },
    )


class Simple(Protocol):
    """A way to place jobs without a plan."""

    def __call__(self, instance: Instance, *, late: bool = False) -> list[Slot]:
        """A schedule, with jobs after their deadline where `late` lets it."""


def simple(way: Simple, instance: Instance) -> list[Slot] | PlanError:
    """A simple way's schedule, late where it must be, or why it finds none at all."""
    try:
        return way(instance, late=True)
    except PlanError as error:
        return error


def _carbon_of(
    instance: Instance, found: Sequence[Slot] | PlanError, network: Network | None = None
) -> Figure:
    if isinstance(found, PlanError):
        return Figure.unknown("gCO2e", f"this way runs not every job: {found}")
    return carbon(instance, found, network)


def _counted(
    instance: Instance, planned: Sequence[Slot], now: Sequence[Slot] | PlanError, network: Network
) -> Counted:
    times = KWH_PER_GB[network] / KWH_PER_GB[instance.network]
    moved = times * sum(float(instance.moving_g[j, s.site]) for j, s in enumerate(planned))
    before = _carbon_of(instance, now, network)
    spent = None if before.value is None else moved / before.value if before.value else 0.0
    return Counted(
        spent,
        share_saved(carbon(instance, planned, network), before),
    )


def carbon(instance: Instance, schedule: Sequence[Slot], network: Network | None = None) -> Figure:
    """Grams of a schedule, one part for each region, whose errors are the region's own.

    Its network transfer is counted as the instance does, or as `network` says.
    """
    times = KWH_PER_GB[network or instance.network] / KWH_PER_GB[instance.network]
    parts: dict[str, float] = {}
    for j, slot in enumerate(schedule):
        region = instance.sites[slot.site].region
        parts[region] = parts.get(region, 0.0) + _grams(instance, j, slot, times)
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


def share_saved(planned: Figure, other: Figure) -> Figure:
    """What is saved against another way, as a share; errors of a shared grid cancel."""
    if other.value is None:
        return Figure.unknown("1", other.reason or "not known")
    if not other.value:
        return Figure.unknown("1", "run-now emits nothing, so there is nothing to save")
    one = Figure.exact(1.0, "1", basis="modelled", source="definition", boundary="share")
    return one - planned / other


def _less(cost: float, now: float | None) -> float | None:
    if now is None:
        return None
    return 1 - cost / now if now else 0.0


def _grams(instance: Instance, j: int, slot: Slot, times: float) -> float:
    p, hours = slot.site, list(slot.hours)
    run = instance.kwh[j, p] * instance.grams[p, hours].sum()
    return float(run + times * instance.moving_g[j, p])


def _deferral(instance: Instance) -> float | None:
    """What waiting alone saves: every job at home, against every job at home at once.

    Where a home is too small for its own jobs, it is made larger for this comparison alone.
    """
    for times in (1, 2, 4, 8):
        sites = [replace(s, machines=s.machines * times) for s in instance.sites]
        try:
            home = replace(instance, sites=sites, home_only=True)
            at_once = carbon(home, run_now(home)).value or 0.0
            later = (
                carbon(home, place(home, rounds=60, exact_below=0, exchanges=0).schedule).value
                or 0.0
            )
        except PlanError:  # a home with too few machines, or with none at all
            continue
        return _less(later, at_once)
    return None
