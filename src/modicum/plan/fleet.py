"""Energy of a fleet of servers through a day, and what each lever spares at the same service level.

The service level: every hour's work is done with no server above `ceiling` of its capacity, and a
reserve of awake servers stands ready.  Power by load is Fan et al. 2007's curve.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from modicum.figures import Figure
from modicum.plan.servers import UNUSED, Group, ServerFleet, generate_fleet

_IDLE = (0.75, 1.25)
"""SPECpower's idle against that of machines in use, as a factor."""


@dataclass(frozen=True, slots=True)
class Levers:
    """How far each lever goes.

    asleep: power of a suspended server over its maximum (PowerNap's nap state, 10.4 of 270 W,
    Meisner et al., ASPLOS 2009: unconfirmed, so taken from half to two and a half times).
    cap_power, cap_speed: dynamic power under a cap, and the speed that is left (HLRS 2024 on Hawk:
    a fifth less energy with no loss that could be told; Zhang and Hoffmann 2015: at high limits
    RAPL keeps 90% of the best).  movable: work that may wait within the day (assumed).
    """

    asleep: float = 0.04
    cap_power: float = 0.85
    cap_speed: float = 0.96
    movable: float = 0.25


_LEVERS = (
    (Levers(asleep=0.02), Levers(asleep=0.10)),
    (Levers(cap_power=0.80, cap_speed=1.0), Levers(cap_speed=0.90)),
)
"""Each lever at its best and at its worst."""


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


def plan_fleet(fleet: ServerFleet, levers: Levers | None = None) -> FleetPlan:
    """Consolidation, idle states, caps, and deferral within the day, one upon the other."""
    how = levers or Levers()
    capped = replace(fleet, groups=tuple(_capped(g, how) for g in fleet.groups))
    flat = replace(capped, demand=flattened(fleet.demand, how.movable))
    at_once = _day(capped, how.asleep)
    return FleetPlan(
        untouched_kwh=sum(_spread(fleet, d) for d in fleet.demand) / 1000,
        levers=(
            ("consolidation", _day(fleet, None)),
            ("idle states", _day(fleet, how.asleep)),
            ("power caps", at_once),
            # Work is moved only where that spares energy: with concave power it may not.
            ("placement in time", min(at_once, _day(flat, how.asleep))),
        ),
        bound_kwh=_bound(capped),
    )


def fleet_saving(servers: int = 500, mean_load: float = 0.25) -> Figure:
    """The share saved; its interval takes each factor to its ends, and these as independent."""
    fleet = generate_fleet(servers, mean_load)
    value = plan_fleet(fleet).saving
    less = more = 0.0
    for pair in _ends(fleet, servers, mean_load):
        less = math.hypot(less, max(0.0, value - min(pair)))
        more = math.hypot(more, max(0.0, max(pair) - value))
    return Figure.of(
        value,
        value - less,
        value + more,
        "1",
        basis="modelled",
        source="fleet model; Fan et al. 2007; each factor at its ends",
        boundary="IT energy of the fleet",
    )


def _ends(fleet: ServerFleet, servers: int, mean_load: float) -> list[list[float]]:
    """The saving with each uncertain factor at its two ends."""
    idle = [replace(fleet, groups=tuple(replace(g, idle=x) for g in fleet.groups)) for x in _IDLE]
    unused = [generate_fleet(servers, mean_load, u) for u in (UNUSED[0], UNUSED[2])]
    return [
        *([plan_fleet(f).saving for f in pair] for pair in (idle, unused)),
        *([plan_fleet(fleet, how).saving for how in pair] for pair in _LEVERS),
    ]


def flattened(demand: Sequence[float], movable: float = 0.25) -> tuple[float, ...]:
    """The day with its movable work moved from its peaks into its valleys.

    >>> flattened((2.0, 0.0))
    (1.5, 0.5)
    """
    mean = sum(demand) / len(demand)
    fixed = [d * (1 - movable) for d in demand]
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


def _day(fleet: ServerFleet, asleep: float | None) -> float:
    return sum(_packed(fleet, d, asleep) for d in fleet.demand) / 1000


def _packed(fleet: ServerFleet, demand: float, asleep: float | None) -> float:
    """Watts with the most frugal servers filled first, a reserve awake, the rest asleep or idle."""
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
        awake = count if asleep is None else min(count, reserve)
        reserve -= min(count, reserve)
        watts += awake * group.watts(0.0) + (count - awake) * group.device.max_w * (asleep or 0.0)
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


def _capped(group: Group, levers: Levers) -> Group:
    return replace(group, dynamic=levers.cap_power, speed=levers.cap_speed)


def told(plan: FleetPlan) -> dict[str, Any]:
    """Plain data."""
    return {
        "untouched_kwh_per_day": plan.untouched_kwh,
        "planned_kwh_per_day": plan.levers[-1][1],
        "saving": plan.saving,
        "levers": plan.each(),
        "no_plan_saves_more_than": plan.bound,
    }
