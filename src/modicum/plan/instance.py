"""An instance of placement: jobs and sites as arrays, what a kWh and a move cost, and schedules."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from modicum.errors import PlanError
from modicum.plan.jobs import Job
from modicum.plan.limits import not_negative
from modicum.plan.sites import Latency, Site
from modicum.plan.tables import nearest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

Aim = Literal["carbon", "energy", "money"]
Network = Literal["average", "marginal"]

KWH_PER_GB: dict[Network, float] = {"average": 0.03, "marginal": 0.0015}
"""Network energy per GB moved between regions: average (0.06 kWh/GB in 2015 halving every two
years, Aslan et al. 2018, at the cautious end), marginal (a tenth or less of it: Malmodin 2020)."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A job's site (index) and hours."""

    site: int
    hours: tuple[int, ...]


@dataclass(frozen=True)
class Instance:
    """Jobs and sites as arrays; `unit` is what a kWh costs by site and hour, `grams` its carbon.

    `busy` machines by site and hour are at other work; `room` is what is left.
    """

    jobs: Sequence[Job]
    sites: Sequence[Site]
    horizon: int
    aim: Aim | dict[Aim, float] = "carbon"
    network: Network = "average"
    home_only: bool = False
    latency: Latency = field(default_factory=dict)
    busy: Floats | None = None
    room: Floats = field(init=False)
    unit: Floats = field(init=False)
    grams: Floats = field(init=False)
    hours: Ints = field(init=False)
    kwh: Floats = field(init=False)
    moving: Floats = field(init=False)
    moving_g: Floats = field(init=False)

    def __post_init__(self) -> None:
        import numpy as np

        self._check()
        put = object.__setattr__
        there = np.array([[s.machines] * self.horizon for s in self.sites], dtype=float)
        put(self, "room", there if self.busy is None else there - self.busy)
        put(self, "grams", np.stack([s.pue * s.intensity[: self.horizon] for s in self.sites]))
        put(self, "unit", self._unit())
        count = (len(self.jobs), len(self.sites))
        hours, kwh, moved = np.zeros(count, np.int64), np.zeros(count), np.zeros(count)
        for j, job in enumerate(self.jobs):
            for p, site in enumerate(self.sites):
                hours[j, p], kwh[j, p] = self._need(job, site)
                moved[j, p] = self._moved_kwh(job, site)
            if not hours[j].any():
                raise PlanError(
                    f"job {job.name} fits no site before its deadline at hour {job.deadline}: give "
                    "it more time, regions, machines or a wider latency bound"
                )
        put(self, "hours", hours)
        put(self, "kwh", kwh)
        put(self, "moving", moved * self._between(self.unit))
        put(self, "moving_g", moved * self._between(self.grams))

    def _check(self) -> None:
        if not self.jobs or not self.sites:
            raise PlanError(f"{len(self.jobs)} jobs on {len(self.sites)} sites: give one of each")
        short = [s.region for s in self.sites if len(s.intensity) < self.horizon]
        if short:
            raise PlanError(f"the intensity of {short[0]} is shorter than {self.horizon} hours")
        regions = {s.region for s in self.sites} | {r for pair in self.latency for r in pair}
        kinds = {s.machine.name for s in self.sites}
        for job in self.jobs:
            self._known(job, "region", (job.home, job.source, *job.regions), regions)
            self._known(job, "machine", job.machines, kinds)

    @staticmethod
    def _known(job: Job, what: str, names: Sequence[str], known: set[str]) -> None:
        for name in names:
            if name not in known:
                near = nearest(name, sorted(known))
                raise PlanError(
                    f"{what} {name!r} of job {job.name} is no site's: nearest is {near}"
                )

    def _unit(self) -> Floats:
        """What the aim counts for a kWh of IT energy, by site and hour."""
        import numpy as np

        weights = self.aim if isinstance(self.aim, dict) else {self.aim: 1.0}
        pue = np.array([[s.pue] for s in self.sites])
        price = np.array([[s.price] for s in self.sites])
        each = {"carbon": self.grams, "energy": pue + 0 * self.grams}
        each["money"] = pue * price + 0 * self.grams
        whole: Floats = np.sum([each[name] * weight for name, weight in weights.items()], axis=0)
        return whole

    def _need(self, job: Job, site: Site) -> tuple[int, float]:
        """Whole hours there (0: not allowed) and kWh of each."""
        hours = math.ceil(job.hours / site.machine.speed)
        late = job.deadline - job.release < hours or job.deadline > self.horizon
        away = self.latency.get(frozenset((job.home, site.region)))
        barred = not job.may_run(site.region, site.machine.name, away)
        elsewhere = self.home_only and site.region != job.home
        return (0, 0.0) if late or barred or elsewhere else (hours, job.kw * site.machine.power)

    def _moved_kwh(self, job: Job, site: Site) -> float:
        return 0.0 if site.region == job.source else job.data_gb * KWH_PER_GB[self.network]

    def _between(self, unit: Floats) -> Floats:
        """For each job and site, the mean of `unit` over both ends of the way from its data."""
        import numpy as np

        mean: dict[str, list[float]] = {s.region: [] for s in self.sites}
        for p, site in enumerate(self.sites):
            mean[site.region].append(float(unit[p].mean()))
        here = {region: float(np.mean(values)) for region, values in mean.items()}
        anywhere = float(np.mean(list(here.values())))
        to = np.array([here[s.region] for s in self.sites])
        start = np.array([here.get(job.source, anywhere) for job in self.jobs])
        half: Floats = (start[:, None] + to[None, :]) / 2
        return half

    def places(self, j: int) -> int:
        """How many there are for a job: sites times hours to begin in."""
        job = self.jobs[j]
        return int((self.hours[j] > 0).sum()) * (job.deadline - job.release)

    def cost(self, j: int, slot: Slot) -> float:
        """What the aim counts for a job in a slot, its network transfer included."""
        hours = list(slot.hours)
        return float(
            self.kwh[j, slot.site] * self.unit[slot.site, hours].sum() + self.moving[j, slot.site]
        )

    def total(self, schedule: Sequence[Slot]) -> float:
        """The cost of a whole schedule."""
        return sum(self.cost(j, slot) for j, slot in enumerate(schedule))


def find_aim(text: str) -> Aim | dict[Aim, float]:
    """An aim, or weights as `carbon=1,money=200` (per gram, per unit of money).

    >>> find_aim("carbon=1,money=200")
    {'carbon': 1.0, 'money': 200.0}
    """
    weights: dict[Aim, float] = {}
    for part in text.split(","):
        name, _, weight = part.partition("=")
        known = {a: a for a in get_args(Aim)}
        if name not in known:
            raise PlanError(f"aim {name!r} is not known: take carbon, energy or money")
        try:
            weights[known[name]] = not_negative(f"weight of {name}", float(weight or 1))
        except ValueError:
            raise PlanError(f"weight {weight!r} of {name} is not a number") from None
    if not any(weights.values()):
        raise PlanError(f"aim {text!r} weighs nothing: give one weight above 0")
    return weights if len(weights) > 1 else next(iter(weights))


def find_network(text: str) -> Network:
    """How network energy is counted."""
    if text == "average":
        return "average"
    if text == "marginal":
        return "marginal"
    raise PlanError(f"network {text!r} is not known: take average or marginal")


def write_schedule(path: Path, instance: Instance, schedule: Sequence[Slot]) -> None:
    """The schedule as csv: job, region, machine, first and last hour, hours."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        out = csv.writer(lines)
        out.writerow(["job", "region", "machine", "first_hour", "last_hour", "hours"])
        for job, slot in zip(instance.jobs, schedule, strict=True):
            site = instance.sites[slot.site]
            hours = " ".join(map(str, slot.hours))
            out.writerow(
                [job.name, site.region, site.machine.name, slot.hours[0], slot.hours[-1], hours]
            )
