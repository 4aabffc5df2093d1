"""A small placement as one mixed-integer programme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modicum.errors import PlanError

if TYPE_CHECKING:
    from modicum.plan.instance import Instance, Slot
    from modicum.plan.place import Placement


def solve(instance: Instance, *, seconds: float = 8.0) -> Placement | None:
    """The cheapest schedule; where time runs out, the best found with HiGHS's own bound, if any.

    One variable for each start of a job that runs in one piece; for one that may be interrupted,
    one for each hour and one for its site.
    """
    import importlib

    import numpy as np

    optimize: Any = importlib.import_module("scipy.optimize")
    sparse: Any = importlib.import_module("scipy.sparse")

    from modicum.plan.place import Placement

    cost: list[float] = []
    entries: list[tuple[int, int, float]] = []  # row, column, factor
    low: list[float] = []
    high: list[float] = []
    meaning: list[tuple[int, int, int]] = []  # job, site, first hour (-1: the site itself)

    def row(least: float, most: float) -> int:
        low.append(least)
        high.append(most)
        return len(low) - 1

    def column(price: float, job: int, site: int, hour: int) -> int:
        cost.append(price)
        meaning.append((job, site, hour))
        return len(cost) - 1

    room = {
        (p, h): row(0, float(instance.room[p, h]))
        for p in range(len(instance.sites))
        for h in range(instance.horizon)
    }
    for j, job in enumerate(instance.jobs):
        once = row(1, 1)
        for p in np.flatnonzero(instance.hours[j]).tolist():
            d, kwh = int(instance.hours[j, p]), instance.kwh[j, p]
            if job.interruptible:
                here = column(float(instance.moving[j, p]), j, p, -1)
                entries.append((once, here, 1.0))
                enough = row(0, 0)
                entries.append((enough, here, -d))
                for h in range(job.release, job.deadline):
                    hour = column(float(kwh * instance.unit[p, h]), j, p, h)
                    entries += [(enough, hour, 1.0), (room[p, h], hour, 1.0)]
                continue
            for h in range(job.release, job.deadline - d + 1):
                whole = kwh * instance.unit[p, h : h + d].sum() + instance.moving[j, p]
                start = column(float(whole), j, p, h)
                entries.append((once, start, 1.0))
                entries += [(room[p, h + k], start, 1.0) for k in range(d)]
    rows, columns, factors = zip(*entries, strict=True)
    matrix = sparse.coo_array((factors, (rows, columns)), shape=(len(low), len(cost))).tocsr()
    answer = optimize.milp(
        np.array(cost),
        constraints=optimize.LinearConstraint(matrix, np.array(low), np.array(high)),
        integrality=np.ones(len(cost)),
        bounds=optimize.Bounds(0, 1),
        options={"time_limit": seconds},
    )
    if answer.x is None and answer.status == 1:  # out of time, with nothing found
        return None
    if answer.x is None:
        raise PlanError(
            f"{len(instance.jobs)} jobs cannot all meet their deadlines on these machines: "
            "give more machines or later deadlines"
        )
    schedule = _slots(instance, [m for m, x in zip(meaning, answer.x, strict=True) if x > 0.5])
    bound = answer.mip_dual_bound if answer.mip_dual_bound is not None else answer.fun
    return Placement(tuple(schedule), instance.total(schedule), float(bound), answer.status == 0)


def _slots(instance: Instance, taken: list[tuple[int, int, int]]) -> list[Slot]:
    from modicum.plan.instance import Slot

    hours: dict[int, tuple[int, list[int]]] = {}
    for j, p, h in taken:
        if h < 0:
            continue
        span = (
            [h] if instance.jobs[j].interruptible else list(range(h, h + int(instance.hours[j, p])))
        )
        hours.setdefault(j, (p, []))[1].extend(span)
    return [Slot(hours[j][0], tuple(sorted(hours[j][1]))) for j in range(len(instance.jobs))]
