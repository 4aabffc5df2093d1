"""A small placement as one mixed-integer programme."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from modicum.errors import PlanError

if TYPE_CHECKING:
    from modicum.plan.instance import Instance, Slot
    from modicum.plan.place import Placement

_SITE = -1
"""In place of an hour: the column says whether a split job is at the site at all."""


def solve(instance: Instance, *, seconds: float = 8.0) -> Placement | None:
    """The cheapest schedule; where time runs out, the best found with HiGHS's own bound, if any."""
    from modicum.plan.place import Placement

    programme = Programme(instance)
    answer = programme.answer(seconds)
    if answer.x is None and answer.status == 1:  # out of time, with nothing found
        return None
    if answer.x is None:
        raise PlanError(
            f"{len(instance.jobs)} jobs cannot all meet their deadlines on these machines: "
            "give more machines or later deadlines"
        )
    schedule = programme.slots(answer.x.tolist())
    bound = answer.mip_dual_bound if answer.mip_dual_bound is not None else answer.fun
    return Placement(tuple(schedule), instance.total(schedule), float(bound), answer.status == 0)


class Programme:
    """Costs, rows and columns of a placement.

    One column for each start of a job that runs in one piece; for one that may be interrupted, one
    for each hour and one for its site.  One row for each machine hour, and one for each job.
    """

    def __init__(self, instance: Instance) -> None:
        import numpy as np

        self._instance = instance
        self._cost: list[float] = []
        self._meaning: list[tuple[int, int, int]] = []  # job, site, first hour
        self._low: list[float] = []
        self._high: list[float] = []
        self._entries: list[tuple[int, int, float]] = []  # row, column, factor
        self._room = {
            (p, h): self._row(0, float(instance.room[p, h]))
            for p in range(len(instance.sites))
            for h in range(instance.horizon)
        }
        for j, job in enumerate(instance.jobs):
            once = self._row(1, 1)
            add = self._split if job.interruptible else self._whole
            for p in np.flatnonzero(instance.hours[j]).tolist():
                add(j, p, once)

    def answer(self, seconds: float) -> Any:
        """What HiGHS finds in that time."""
        import numpy as np

        optimize: Any = importlib.import_module("scipy.optimize")
        sparse: Any = importlib.import_module("scipy.sparse")
        rows, columns, factors = zip(*self._entries, strict=True)
        shape = (len(self._low), len(self._cost))
        matrix = sparse.coo_array((factors, (rows, columns)), shape=shape).tocsr()
        return optimize.milp(
            np.array(self._cost),
            constraints=optimize.LinearConstraint(
                matrix, np.array(self._low), np.array(self._high)
            ),
            integrality=np.ones(len(self._cost)),
            bounds=optimize.Bounds(0, 1),
            options={"time_limit": seconds},
        )

    def slots(self, values: list[float]) -> list[Slot]:
        """The schedule that the columns above a half say."""
        from modicum.plan.instance import Slot

        jobs, hours = self._instance.jobs, dict[int, tuple[int, list[int]]]()
        for (j, p, h), value in zip(self._meaning, values, strict=True):
            if value > 0.5 and h != _SITE:
                long = 1 if jobs[j].interruptible else int(self._instance.hours[j, p])
                hours.setdefault(j, (p, []))[1].extend(range(h, h + long))
        return [Slot(hours[j][0], tuple(sorted(hours[j][1]))) for j in range(len(jobs))]

    def _whole(self, j: int, p: int, once: int) -> None:
        """Every start of a job that runs in one piece."""
        i, job = self._instance, self._instance.jobs[j]
        long = int(i.hours[j, p])
        for h in range(job.release, job.deadline - long + 1):
            run = i.kwh[j, p] * i.unit[p, h : h + long].sum()
            start = self._column(float(run + i.moving[j, p]), j, p, h)
            self._entries.append((once, start, 1.0))
            self._entries += [(self._room[p, h + k], start, 1.0) for k in range(long)]

    def _split(self, j: int, p: int, once: int) -> None:
        """The site of a job that may be interrupted, and as many of its hours as the job needs."""
        i, job = self._instance, self._instance.jobs[j]
        here = self._column(float(i.moving[j, p]), j, p, _SITE)
        enough = self._row(0, 0)
        self._entries += [(once, here, 1.0), (enough, here, -float(i.hours[j, p]))]
        for h in range(job.release, job.deadline):
            hour = self._column(float(i.kwh[j, p] * i.unit[p, h]), j, p, h)
            self._entries += [(enough, hour, 1.0), (self._room[p, h], hour, 1.0)]

    def _row(self, least: float, most: float) -> int:
        self._low.append(least)
        self._high.append(most)
        return len(self._low) - 1

    def _column(self, price: float, job: int, site: int, hour: int) -> int:
        self._cost.append(price)
        self._meaning.append((job, site, hour))
        return len(self._cost) - 1
