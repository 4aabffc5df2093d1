"""Where and when each job runs: cheapest in carbon, energy, money or a weighting of them.

Small instances are one mixed-integer programme (SciPy's HiGHS).  Large ones are decomposed: the
machines' hourly capacity gets prices, each job takes its cheapest place at these prices, and the
prices follow the overload (Lagrangian relaxation by subgradients: Fisher, Management Science 1981).
The relaxed cost is a valid lower bound; the schedule is built by taking jobs, scarcest first, at
the priced cost, and is then improved job by job.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modicum.errors import PlanError
from modicum.plan.instance import Instance, Slot
from modicum.plan.relax import capacity_prices

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


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


def place(instance: Instance, *, rounds: int = 90, exact_below: int = 10_000) -> Placement:
    """The placement: exact for up to `exact_below` places to choose from, else by decomposition.

    A place is a job at a site in an hour.
    """
    if _places(instance) <= exact_below:
        from modicum.plan.exact import solve

        exact = solve(instance)
        if exact is not None:
            return exact
    # A schedule first: its cost is what the bound climbs towards, and the step's right length.
    plain = _improve(instance, _start(instance, 0 * instance.unit))
    prices, bound = capacity_prices(instance, rounds, target=instance.total(plain))
    priced = _improve(instance, _start(instance, prices))
    schedule = min((priced, plain), key=instance.total)
    return Placement(tuple(schedule), instance.total(schedule), bound, False, prices)


def _places(instance: Instance) -> int:
    sites = (instance.hours > 0).sum(axis=1).tolist()
    return sum(int(n) * (j.deadline - j.release) for n, j in zip(sites, instance.jobs, strict=True))


def _start(instance: Instance, prices: Floats) -> list[Slot]:
    """A schedule to improve: filled at these prices, or run at once where that boxes a job in."""
    try:
        return _fill(instance, prices)
    except PlanError:
        from modicum.plan.baselines import run_now

        return run_now(instance)


def tighten(instance: Instance, placement: Placement, rounds: int = 60) -> float:
    """A better lower bound, from where the placement's prices stood."""
    _, bound = capacity_prices(instance, rounds, start=placement.prices, target=placement.cost)
    return max(bound, placement.bound)


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
