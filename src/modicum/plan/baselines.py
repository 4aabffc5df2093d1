"""What a cluster does without a planner: run now, first fit; or the cheapest region first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from modicum.errors import PlanError
from modicum.plan.instance import Slot

if TYPE_CHECKING:
    from modicum.plan.instance import Floats, Instance

Preference = Callable[[int, int], tuple[float, int]]


def run_now(instance: Instance) -> list[Slot]:
    """Each job, by release, at the earliest hour: at home if there is room, else first fit."""
    return _earliest(
        instance,
        lambda j, p: (float(instance.sites[p].region != instance.jobs[j].home), p),
    )


def cheapest_first(instance: Instance) -> list[Slot]:
    """Each job, by release, at the earliest hour, in the region with the lowest price."""
    return _earliest(instance, lambda j, p: (instance.sites[p].price, p))


def _earliest(instance: Instance, preference: Preference) -> list[Slot]:
    """Jobs that cannot wait reserve first, as a scheduler with priorities does."""
    free, jobs = instance.room.copy(), instance.jobs
    order = sorted(
        range(len(jobs)),
        key=lambda j: (jobs[j].deadline - jobs[j].hours > jobs[j].release, jobs[j].release),
    )
    found = {j: _first(instance, j, free, preference) for j in order}
    return [found[j] for j in range(len(jobs))]


def _first(instance: Instance, j: int, free: Floats, preference: Preference) -> Slot:
    import numpy as np

    job = instance.jobs[j]
    allowed = np.flatnonzero(instance.hours[j]).tolist()
    sites = sorted(allowed, key=lambda p: preference(j, p))
    for start in range(job.release, job.deadline):
        for p in sites:
            end = start + int(instance.hours[j, p])
            if end <= job.deadline and (free[p, start:end] > 0).all():
                free[p, start:end] -= 1
                return Slot(p, tuple(range(start, end)))
    raise PlanError(
        f"job {job.name} finds no machine before its deadline at hour {job.deadline}: "
        "give more machines"
    )
