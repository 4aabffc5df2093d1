"""Energy of a fleet of servers through a day, and what each lever spares at the same service level.

The service level: every hour's work is done with no server above `ceiling` of its capacity, and a
reserve of awake servers stands ready.  Power by load is Fan et al. 2007's curve.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from modicum.errors import PlanError
from modicum.figures import Figure
from modicum.plan.devices import Device, curve, find_device
from modicum.plan.limits import at_least, share

_SLEEP_W = 0.04
"""Suspended server over its maximum (ACPI S3: 3-5%, Meisner et al., PowerNap, ASPLOS 2009)."""

_CAPPED = (0.85, 0.96)
"""A power cap at 85% of dynamic power leaves 96% of the speed (Patki et al., ICS 2015: 5-10%
slower for 15-20% less on memory-bound codes)."""

_FEWEST = 5
"""Servers of which each generation of the generated fleet gets at least one."""

_FLATTER = 0.25
"""Share of the work that may wait within the day (Google's flexible share: Radovanovic et al.
2022)."""


@dataclass(frozen=True, slots=True)
class Group:
    """Servers of one kind in the fleet; `curve` scales idle and dynamic power."""

    device: Device
    count: int
    speed: float = 1.0
    dynamic: float = 1.0
    idle: float = 1.0

    @property
    def capacity(self) -> float:
        """Work of one server at full load."""
        return self.device.performance * self.speed

    def watts(self, load: float) -> float:
        """Power of one awake server."""
        span = (self.device.max_w - self.device.idle_w) * self.dynamic
        return self.device.idle_w * self.idle + span * curve(load)

    def per_work(self, ceiling: float) -> float:
        """Least watts for a unit of work, at any load up to the ceiling."""
        loads = [ceiling * n / 50 for n in range(1, 51)]
        return min(self.watts(u) / (u * self.capacity) for u in loads)


@dataclass(frozen=True, slots=True)
class ServerFleet:
    """Groups of servers, work by hour in the groups' units, and the service level."""

    groups: tuple[Group, ...]
    demand: tuple[float, ...]
    ceiling: float = 0.7
    reserve: float = 0.1

    def __post_init__(self) -> None:
        share("ceiling", self.ceiling)
        most = sum(g.count * g.capacity for g in self.groups) * self.ceiling
        if max(self.demand) > most:
            raise PlanError(
                f"the busiest hour needs {max(self.demand):.4g}, but the fleet does {most:.4g} at "
                f"{self.ceiling:.0%} load: give more servers"
            )

    @property
    def servers(self) -> int:
        """How many there are."""
        return sum(g.count for g in self.groups)


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """Energy a day after each lever on top of those before, and the bound."""

    untouched_kwh: float
    levers: tuple[tuple[str, float], ...]
    bound_kwh: float

    @property
    def saving(self) -> float:
        """Share of the untouched fleet's energy that all levers spare."""
        return 1 - self.levers[-1][1] / self.untouched_kwh

    @property
    def bound(self) -> float:
        """Share that no plan at this service level exceeds, with these machines and caps."""
        return 1 - self.bound_kwh / self.untouched_kwh

    def each(self) -> dict[str, float]:
        """What each lever adds, as a share of the untouched energy."""
        before, found = self.untouched_kwh, {}
        for name, kwh in self.levers:
            found[name] = (before - kwh) / self.untouched_kwh
            before = kwh
        return found


def generate_fleet(servers: int = 500, mean_load: float = 0.25, unused: float = 0.2) -> ServerFleet:
    """A fleet of three generations under a daily curve.

    Mean load 10-50% in enterprise and cloud fleets (Barroso et al. 2018, chapter 5); unused but
    running servers 20-30% (Koomey and Taylor 2017); the day swings by 40% about its mean.
    """
    at_least("servers", servers, _FEWEST)
    parts = (("server-2013", 0.4), ("server-2017", 0.4), ("server-2021", 0.2))
    groups = tuple(Group(find_device(n), round(servers * s)) for n, s in parts)
    whole = sum(g.count * g.capacity for g in groups) * share("mean load", mean_load)
    curve = [1 + 0.4 * math.sin(2 * math.pi * (h - 9) / 24) for h in range(24)]
    return ServerFleet(groups, tuple(whole * (1 - unused) * c for c in curve))


def plan_fleet(fleet: ServerFleet) -> FleetPlan:
    """Consolidation, idle states, caps, and deferral within the day, one upon the other."""
    capped = replace(fleet, groups=tuple(_capped(g) for g in fleet.groups))
    flat = replace(capped, demand=flattened(fleet.demand))
    at_once = _day(capped, asleep=True)
    return FleetPlan(
        untouched_kwh=sum(_spread(fleet, d) for d in fleet.demand) / 1000,
        levers=(
            ("consolidation", _day(fleet, asleep=False)),
            ("idle states", _day(fleet, asleep=True)),
            ("power caps", at_once),
            # Work is moved only where that spares energy: with concave power it may not.
            ("placement in time", min(at_once, _day(flat, asleep=True))),
        ),
        bound_kwh=_bound(capped),
    )


def fleet_saving(servers: int = 500, mean_load: float = 0.25) -> Figure:
    """The share saved, with the interval of idle power a quarter lower to a quarter higher."""
    fleet = generate_fleet(servers, mean_load)
    low, value, high = sorted(
        plan_fleet(replace(fleet, groups=tuple(replace(g, idle=x) for g in fleet.groups))).saving
        for x in (0.75, 1.0, 1.25)
    )
    return Figure.of(
        value,
        low,
        high,
        "1",
        basis="modelled",
        source="fleet model; Fan et al. 2007; idle power within a quarter",
        boundary="IT energy of the fleet",
    )


def flattened(demand: Sequence[float]) -> tuple[float, ...]:
    """The day with a quarter of its work moved from its peaks into its valleys.

    >>> flattened((2.0, 0.0))
    (1.5, 0.5)
    """
    mean = sum(demand) / len(demand)
    fixed = [d * (1 - _FLATTER) for d in demand]
    loose = sum(demand) - sum(fixed)
    low, high = min(fixed), max(fixed) + mean
    for _ in range(60):
        level = (low + high) / 2
        if sum(max(0.0, level - f) for f in fixed) < loose:
            low = level
        else:
            high = level
    return tuple(round(max(f, high), 9) for f in fixed)


def _spread(fleet: ServerFleet, demand: float) -> float:
    """Watts with the work spread evenly over all, and none asleep."""
    load = demand / sum(g.count * g.capacity for g in fleet.groups)
    return sum(g.count * g.watts(load) for g in fleet.groups)


def _day(fleet: ServerFleet, *, asleep: bool) -> float:
    return sum(_packed(fleet, d, asleep) for d in fleet.demand) / 1000


def _packed(fleet: ServerFleet, demand: float, asleep: bool) -> float:
    """Watts with the most frugal servers filled first, a reserve awake, the rest asleep."""
    left, watts, busy = demand, 0.0, 0
    groups = sorted(fleet.groups, key=lambda g: g.per_work(fleet.ceiling))
    idle: list[tuple[Group, int]] = []
    for group in groups:
        each = group.capacity * fleet.ceiling
        full = min(group.count, int(left / each + 1e-12))
        watts += full * group.watts(fleet.ceiling)
        left -= full * each
        part = 1 if left > 1e-9 and full < group.count else 0
        if part:
            watts += group.watts(left / group.capacity)
            left = 0.0
        busy += full + part
        idle.append((group, group.count - full - part))
    reserve = math.ceil(fleet.reserve * busy)
    for group, count in idle:
        awake = count if not asleep else min(count, reserve)
        reserve -= min(count, reserve)
        watts += awake * group.watts(0.0) + (count - awake) * group.device.max_w * _SLEEP_W
    return watts


def _bound(fleet: ServerFleet) -> float:
    """Energy with every unit of work at its group's best load, in parts of servers, others off.

    Watts are concave in load, so no whole-server plan at or under the ceiling uses less; the
    day's demand is taken as one, so neither does any deferral.
    """
    left, kwh = sum(fleet.demand), 0.0
    for group in sorted(fleet.groups, key=lambda g: g.per_work(fleet.ceiling)):
        most = group.count * group.capacity * fleet.ceiling * len(fleet.demand)
        done = min(left, most)
        kwh += done * group.per_work(fleet.ceiling) / 1000
        left -= done
    return kwh


def _capped(group: Group) -> Group:
    dynamic, speed = _CAPPED
    return replace(group, dynamic=dynamic, speed=speed)


def told(plan: FleetPlan) -> dict[str, Any]:
    """Plain data."""
    return {
        "untouched_kwh_per_day": plan.untouched_kwh,
        "planned_kwh_per_day": plan.levers[-1][1],
        "saving": plan.saving,
        "levers": plan.each(),
        "no_plan_saves_more_than": plan.bound,
    }
