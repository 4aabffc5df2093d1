"""Where and when each job runs: cheapest in carbon, energy, money or a weighting of them.

Small instances are one mixed-integer programme (SciPy's HiGHS).  Large ones are decomposed: the
machines' hourly capacity gets prices, each job takes its cheapest place at these prices, and the
prices follow the overload (Lagrangian relaxation by subgradients: Fisher, Management Science 1981).
The relaxed cost is a valid lower bound; the schedule is built by taking jobs, scarcest first, at
the priced cost, and is then improved job by job.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from modicum.errors import PlanError
from modicum.plan.jobs import Job, Site
from modicum.plan.limits import not_negative

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

Aim = Literal["carbon", "energy", "money"]

KWH_PER_GB = {"average": 0.03, "marginal": 0.0015}
"""Network energy per GB moved between regions: average (0.06 kWh/GB in 2015 halving every two
years, Aslan et al. 2018, at the cautious end), marginal (a tenth or less of it: Malmodin 2020)."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A job's site (index) and hours."""

    site: int
    hours: tuple[int, ...]


@dataclass(frozen=True)
class Instance:
    """Jobs and sites as arrays; `unit` is the cost of a kWh by site and hour."""

    jobs: Sequence[Job]
    sites: Sequence[Site]
    horizon: int
    aim: Aim | dict[Aim, float] = "carbon"
    network: Literal["average", "marginal"] = "average"
    home_only: bool = False
    unit: Floats = field(init=False)
    hours: Ints = field(init=False)
    kwh: Floats = field(init=False)
    moving: Floats = field(init=False)

    def __post_init__(self) -> None:
        import numpy as np

        if not self.jobs or not self.sites:
            raise PlanError(f"{len(self.jobs)} jobs on {len(self.sites)} sites: give one of each")
        short = [s.region for s in self.sites if len(s.intensity) < self.horizon]
        if short:
            raise PlanError(f"the intensity of {short[0]} is shorter than {self.horizon} hours")
        set_ = object.__setattr__
        set_(self, "unit", np.stack([self._unit(s) for s in self.sites]))
        count = (len(self.jobs), len(self.sites))
        hours, kwh, moving = np.zeros(count, np.int64), np.zeros(count), np.zeros(count)
        for j, job in enumerate(self.jobs):
            for p, site in enumerate(self.sites):
                hours[j, p], kwh[j, p] = self._need(job, site)
                moving[j, p] = self._moving(job, p)
            if not hours[j].any():
                raise PlanError(
                    f"job {job.name} fits no site before its deadline at hour {job.deadline}"
                )
        set_(self, "hours", hours)
        set_(self, "kwh", kwh)
        set_(self, "moving", moving)

    def _unit(self, site: Site) -> Floats:
        weights = self.aim if isinstance(self.aim, dict) else {self.aim: 1.0}
        each = {
            "carbon": site.intensity[: self.horizon],
            "energy": 0.0 * site.intensity[: self.horizon] + 1.0,
            "money": 0.0 * site.intensity[: self.horizon] + site.price,
        }
        whole: Floats = sum(each[name] * weight for name, weight in weights.items()) * site.pue  # type: ignore[assignment]
        return whole

    def _need(self, job: Job, site: Site) -> tuple[int, float]:
        """Whole hours there (0: not allowed) and kWh of each."""
        hours = math.ceil(job.hours / site.machine.speed)
        late = job.deadline - job.release < hours or job.deadline > self.horizon
        barred = not job.may_run(site.region) or (self.home_only and site.region != job.home)
        return (0, 0.0) if late or barred else (hours, job.kw * site.machine.power)

    def _moving(self, job: Job, p: int) -> float:
        if self.sites[p].region == job.home:
            return 0.0
        ends = [i for i, s in enumerate(self.sites) if s.region in (job.home, self.sites[p].region)]
        mean = float(self.unit[ends].mean())
        return job.data_gb * KWH_PER_GB[self.network] * mean

    def cost(self, j: int, slot: Slot) -> float:
        """What the aim counts for a job in a slot, its network transfer included."""
        hours = list(slot.hours)
        return float(
            self.kwh[j, slot.site] * self.unit[slot.site, hours].sum() + self.moving[j, slot.site]
        )

    def total(self, schedule: Sequence[Slot]) -> float:
        """The cost of a whole schedule."""
        return sum(self.cost(j, slot) for j, slot in enumerate(schedule))


@dataclass(frozen=True, slots=True)
class Placement:
    """A schedule, its cost, and a bound that no schedule beats."""

    schedule: tuple[Slot, ...]
    cost: float
    bound: float
    exact: bool
    prices: Floats | None = None

    @property
    def gap(self) -> float:
        """How far the schedule may be from the best."""
        return (self.cost - self.bound) / self.bound if self.bound > 0 else 0.0


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
    return weights if len(weights) > 1 else next(iter(weights))


def find_network(text: str) -> Literal["average", "marginal"]:
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


def place(instance: Instance, *, rounds: int = 40, exact_below: int = 60) -> Placement:
    """The placement; exact for up to `exact_below` jobs, else by decomposition."""
    if len(instance.jobs) <= exact_below:
        from modicum.plan.exact import solve

        return solve(instance)
    prices, bound = _prices(instance, rounds)
    try:
        schedule = _fill(instance, prices)
    except PlanError:  # priced places can box a long job in; what runs at once always has room
        from modicum.plan.baselines import run_now

        schedule = run_now(instance)
    schedule = _improve(instance, schedule)
    return Placement(tuple(schedule), instance.total(schedule), bound, False, prices)


def tighten(instance: Instance, placement: Placement, rounds: int = 60) -> float:
    """A better lower bound, from where the placement's prices stood."""
    _, bound = _prices(instance, rounds, start=placement.prices, target=placement.cost)
    return max(bound, placement.bound)


def _prices(
    instance: Instance, rounds: int, start: Floats | None = None, target: float | None = None
) -> tuple[Floats, float]:
    """Prices of machine hours, and the best relaxed cost met on the way."""
    import numpy as np

    room = np.array([[s.machines] * instance.horizon for s in instance.sites], dtype=float)
    prices = np.zeros_like(instance.unit) if start is None else start.copy()
    best, kept, relaxer = -np.inf, prices.copy(), _Relaxer(instance)
    step = 1.0
    for n in range(rounds):
        cost, load = relaxer.relaxed(prices)
        bound = cost - float((prices * room).sum())
        if bound > best:
            best, kept = bound, prices.copy()
        elif n > 5:
            step *= 0.85
        over = load - room
        active = np.where((prices <= 0) & (over < 0), 0.0, over)
        size = float((active**2).sum())
        if size == 0:
            break
        goal = target if target is not None else best * 1.01 + 1e-9
        length = step * max(goal - bound, 0.002 * abs(best)) / size
        prices = np.maximum(0.0, prices + length * active)
    return kept, best


class _Relaxer:
    """The cheapest place of every job at given prices, jobs of one length at one site together."""

    def __init__(self, instance: Instance) -> None:
        import numpy as np

        self.instance = instance
        self.release = np.array([j.release for j in instance.jobs])
        self.deadline = np.array([j.deadline for j in instance.jobs])
        self.loose = np.array([j.interruptible for j in instance.jobs])
        self.groups = [
            (p, int(d), bool(w), np.flatnonzero((instance.hours[:, p] == d) & (self.loose == w)))
            for p in range(len(instance.sites))
            for d in np.unique(instance.hours[:, p])
            if d > 0
            for w in (False, True)
        ]

    def relaxed(self, prices: Floats) -> tuple[float, Floats]:
        """Total priced cost, and the load that these choices would make."""
        import numpy as np

        count = len(self.instance.jobs)
        best = np.full(count, np.inf)
        site = np.zeros(count, dtype=np.int64)
        start = np.zeros(count, dtype=np.int64)
        chosen: dict[int, Ints] = {}
        for p, d, loose, jobs in self.groups:
            if len(jobs) == 0:
                continue
            cost, places = self._cheapest(p, d, loose, jobs, prices)
            cost = cost + self.instance.moving[jobs, p]
            wins = cost < best[jobs]
            won = jobs[wins]
            best[won], site[won] = cost[wins], p
            if loose:
                chosen.update(zip(won.tolist(), places[wins], strict=True))
            else:
                start[won] = places[wins]
        load = np.zeros_like(prices)
        for j in range(count):
            p = int(site[j])
            if self.loose[j]:
                load[p, chosen[j]] += 1
            else:
                load[p, start[j] : start[j] + self.instance.hours[j, p]] += 1
        return float(best.sum()), load

    def _cheapest(
        self, p: int, d: int, loose: bool, jobs: Ints, prices: Floats
    ) -> tuple[Floats, Ints]:
        import numpy as np

        unit, price = self.instance.unit[p], prices[p]
        kwh = self.instance.kwh[jobs, p][:, None]
        if loose:
            hour = np.arange(len(unit))
            cost = kwh * unit + price
            out = (hour < self.release[jobs, None]) | (hour >= self.deadline[jobs, None])
            cost[out] = np.inf
            places = (
                np.argpartition(cost, d - 1, axis=1)[:, :d]
                if d < len(unit)
                else np.tile(hour, (len(jobs), 1))
            )
            return np.take_along_axis(cost, places, 1).sum(1), places
        sums = [np.concatenate([[0.0], np.cumsum(x)]) for x in (unit, price)]
        windows = [s[d:] - s[:-d] for s in sums]
        first = np.arange(len(windows[0]))
        cost = kwh * windows[0] + windows[1]
        out = (first < self.release[jobs, None]) | (first > self.deadline[jobs, None] - d)
        cost[out] = np.inf
        places = cost.argmin(1)
        return cost[np.arange(len(jobs)), places], places


def _fill(instance: Instance, prices: Floats) -> list[Slot]:
    """Every job at its cheapest free place, the least free to move first."""
    import numpy as np

    free = np.array([[s.machines] * instance.horizon for s in instance.sites])
    order = sorted(range(len(instance.jobs)), key=lambda j: _freedom(instance, j))
    found: list[Slot | None] = [None] * len(instance.jobs)
    for j in order:
        slot = best_slot(instance, j, free, prices)
        if slot is None:
            raise PlanError(
                f"job {instance.jobs[j].name} finds no free machine for {instance.jobs[j].hours} h "
                f"before its deadline at hour {instance.jobs[j].deadline}: give more machines"
            )
        free[slot.site, list(slot.hours)] -= 1
        found[j] = slot
    return [s for s in found if s is not None]


def _freedom(instance: Instance, j: int) -> tuple[int, float]:
    job = instance.jobs[j]
    sites = int((instance.hours[j] > 0).sum())
    return sites * (job.deadline - job.release - job.hours + 1), -job.kw * job.hours


def _improve(instance: Instance, schedule: list[Slot], passes: int = 2) -> list[Slot]:
    """Each job again at the cheapest place that the others leave, until little is won."""
    import numpy as np

    free = np.array([[s.machines] * instance.horizon for s in instance.sites])
    for slot in schedule:
        free[slot.site, list(slot.hours)] -= 1
    none = np.zeros_like(instance.unit)
    order = sorted(range(len(schedule)), key=lambda j: -instance.cost(j, schedule[j]))
    for _ in range(passes):
        won = 0.0
        for j in order:
            old = schedule[j]
            free[old.site, list(old.hours)] += 1
            new = best_slot(instance, j, free, none) or old
            gain = instance.cost(j, old) - instance.cost(j, new)
            if gain > 0:
                schedule[j], won = new, won + gain
            free[schedule[j].site, list(schedule[j].hours)] -= 1
        if won < 1e-4 * instance.total(schedule):
            break
    return schedule


def best_slot(instance: Instance, j: int, free: Ints, prices: Floats) -> Slot | None:
    """The cheapest free place of one job at these prices, or None."""
    import numpy as np

    job, best, found = instance.jobs[j], np.inf, None
    for p in np.flatnonzero(instance.hours[j]):
        d = int(instance.hours[j, p])
        span = slice(job.release, job.deadline)
        cost = instance.kwh[j, p] * instance.unit[p, span] + prices[p, span]
        cost = np.where(free[p, span] > 0, cost, np.inf)
        picked = _hours(cost, d, job.interruptible)
        if picked is None:
            continue
        whole = float(cost[picked].sum()) + float(instance.moving[j, p])
        if whole < best:
            best, found = whole, Slot(int(p), tuple(int(h) + job.release for h in picked))
    return found


def _hours(cost: Floats, d: int, loose: bool) -> Ints | None:
    """The d cheapest hours, together unless the job may be interrupted."""
    import numpy as np

    if loose:
        picked = np.sort(np.argpartition(cost, d - 1)[:d]) if d < len(cost) else np.arange(d)
        return picked if np.isfinite(cost[picked]).all() else None
    full = np.concatenate([[0], np.cumsum(~np.isfinite(cost))])
    open_ = full[d:] == full[:-d]
    if not open_.any():
        return None
    sums = np.concatenate([[0.0], np.cumsum(np.where(np.isfinite(cost), cost, 0.0))])
    first = int(np.where(open_, sums[d:] - sums[:-d], np.inf).argmin())
    return np.arange(first, first + d)
