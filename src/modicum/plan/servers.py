"""Servers of a fleet in groups of one kind, the work of their day, and a generated fleet."""

from __future__ import annotations

import math
from dataclasses import dataclass

from modicum.errors import PlanError
from modicum.plan.devices import Device, curve, find_device
from modicum.plan.limits import at_least, share

UNUSED = (0.1, 0.2, 0.3)
"""Servers that run unused: a quarter to a third (Koomey and Taylor 2017, 16,000 servers), and 8%
where they were hunted for a year; a fifth is taken."""

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


def generate_fleet(
    servers: int = 500, mean_load: float = 0.25, unused: float = UNUSED[1]
) -> ServerFleet:
    """A fleet of three generations under a daily curve.

    Mean load 10-50% in enterprise and cloud fleets (Barroso et al. 2018, chapter 5); the day swings
    by 40% about its mean.
    """
    at_least("servers", servers, _FEWEST)
    parts = (("server-2013", 0.4), ("server-2017", 0.4), ("server-2021", 0.2))
    groups = tuple(Group(find_device(n), round(servers * s)) for n, s in parts)
    whole = sum(g.count * g.capacity for g in groups) * share("mean load", mean_load)
    curve = [1 + 0.4 * math.sin(2 * math.pi * (h - 9) / 24) for h in range(24)]
    return ServerFleet(groups, tuple(whole * (1 - unused) * c for c in curve))
