"""What a cluster does without a planner: run now, first fit; or the cheapest region first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from modicum.errors import PlanError
from modicum.plan.instance import Slot

if TYPE_CHECKING:
    from modicum.plan.instance import Floats, Instance

Preference = Callable[[int, int], tuple[float, int]]


def run_now(instance: Instance, *, late: bool = False) -> list[Slot]:
    """Each job, by release, at the earliest hour: at home if there is room, else first fit.

    A job that finds no machine before its deadline is refused, or with `late` runs after it.
    """
    return _earliest(
        instance,
        lambda j, p: (float(instance.sites[p].region != instance.jobs[j].home), p),
        late,
    )


def cheapest_first(instance: Instance, *, late: bool = False) -> list[Slot]:
    """Each job, by release, at the earliest hour, in the region with the lowest price."""
    return _earliest(instance, lambda j, p: (instance.sites[p].price, p), late)


def count_late(instance: Instance, schedule: Sequence[Slot]) -> int:
    """Jobs of a schedule that end after their deadline."""
    return sum(s.hours[-1] >= j.deadline for j, s in zip(instance.jobs, schedule, strict=True))


def _earliest(instance: Instance, preference: Preference, late: bool) -> list[Slot]:
    """Jobs that cannot wait reserve first, as a scheduler with priorities does."""
    free, jobs = instance.room.copy(), instance.jobs
    order = sorted(
        range(len(jobs)),
        key=lambda j: (jobs[j].deadline - jobs[j].hours > jobs[j].release, jobs[j].release),
    )
    found = {j: _first(instance, j, free, preference, late) for j in order}
    return [found[j] for j in range(len(jobs))]


def _first(instance: Instance, j: int, free: Floats, preference: Preference, late: bool) -> Slot:
    import numpy as np

    job = instance.jobs[j]
    allowed = np.flatnonzero(instance.hours[j]).tolist()
    sites = sorted(allowed, key=lambda p: preference(j, p))
    last = instance.horizon if late else job.deadline
    for start in range(job.release, last):
        for p in sites:
            end = start + int(instance.hours[j, p])
            if end <= last and (free[p, start:end] > 0).all():
                free[p, start:end] -= 1
                return Slot(p, tuple(range(start, end)))
    limit = "the end" if late else "its deadline"
    raise PlanError(
        f"job {job.name} finds no machine before {limit} at hour {last}: give more machines"
    )
