"""Every place that every job may take, in flat arrays: the cheapest of each job at given prices.

A place is a site with the hours there.  Jobs in one piece and jobs that may be interrupted are laid
out apart, because the first pick a start and the second any hours.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from modicum.plan.instance import Instance

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


class Places:
    """The places of all jobs of an instance."""

    def __init__(self, instance: Instance) -> None:
        import numpy as np

        loose = np.array([j.interruptible for j in instance.jobs])
        self._parts = [
            part(instance, np.flatnonzero(chosen))
            for part, chosen in ((_Whole, ~loose), (_Split, loose))
            if chosen.any()
        ]

    def relaxed(self, prices: Floats) -> tuple[float, Floats]:
        """Cost of every job's cheapest place at these prices of a machine hour, and their load."""
        found = [part.cheapest(prices) for part in self._parts]
        return sum(cost for cost, _ in found), sum((load for _, load in found), 0.0 * prices)


class _Whole:
    """Jobs in one piece: an entry for each start at each site, job by job."""

    def __init__(self, instance: Instance, jobs: Ints) -> None:
        import numpy as np

        release = np.array([instance.jobs[j].release for j in jobs])
        deadline = np.array([instance.jobs[j].deadline for j in jobs])
        need, (self._sites, self._wide) = instance.hours[jobs], instance.unit.shape
        starts = np.where(need > 0, (deadline - release)[:, None] - need + 1, 0)
        count = starts.ravel()
        pair = np.repeat(np.arange(len(count)), count)  # job and site of each entry
        nth = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
        first = release[pair // self._sites] + nth
        hours = need.ravel()[pair]
        self._lengths = np.unique(hours)
        length = np.searchsorted(self._lengths, hours)
        self._window = (length * self._sites + pair % self._sites) * (self._wide + 1) + first
        self._begins = (pair % self._sites) * (self._wide + 1) + first
        self._hours = hours
        run = instance.kwh[jobs].ravel()[pair] * self._windows(instance.unit)[self._window]
        self._cost = run + instance.moving[jobs].ravel()[pair]
        self._entries = starts.sum(1)
        self._of_job = np.cumsum(self._entries) - self._entries

    def cheapest(self, prices: Floats) -> tuple[float, Floats]:
        """Total cost of the cheapest starts, and the machines in use by site and hour."""
        import numpy as np

        cost = self._cost + self._windows(prices)[self._window]
        best = np.minimum.reduceat(cost, self._of_job)
        ties = np.flatnonzero(cost <= np.repeat(best, self._entries))
        chosen = ties[np.searchsorted(ties, self._of_job)]
        size, begins = self._sites * (self._wide + 1), self._begins[chosen]
        up = np.bincount(begins, minlength=size)
        down = np.bincount(begins + self._hours[chosen], minlength=size)
        load = np.cumsum((up - down).reshape(self._sites, -1), axis=1)[:, :-1]
        return float(best.sum()), load

    def _windows(self, hourly: Floats) -> Floats:
        """Sums over each length from each hour of each site, flat; 0 where it would run over."""
        import numpy as np

        sums = np.zeros((self._sites, self._wide + 1))
        np.cumsum(hourly, axis=1, out=sums[:, 1:])
        found = np.zeros((len(self._lengths), self._sites, self._wide + 1))
        for n, d in enumerate(self._lengths.tolist()):
            found[n, :, : self._wide + 1 - d] = sums[:, d:] - sums[:, :-d]
        return found.ravel()


class _Split:
    """Jobs that may be interrupted: a row of hours for each at each site, like lengths together."""

    def __init__(self, instance: Instance, jobs: Ints) -> None:
        import numpy as np

        release = np.array([instance.jobs[j].release for j in jobs])
        span = np.array([instance.jobs[j].deadline for j in jobs]) - release
        need, self._shape = instance.hours[jobs], instance.unit.shape
        job, site = np.nonzero(need > 0)
        # Rows of a table are as long as its longest, so tables hold rows of about one length.
        kind = need[job, site] * 100 + np.ceil(2 * np.log2(span[job])).astype(np.int64)
        order = np.argsort(kind, kind="stable")
        job, site, kind = job[order], site[order], kind[order]
        self._job = job
        self._begin = [*np.flatnonzero(np.diff(kind, prepend=-1)).tolist(), len(kind)]
        self._tables = []
        for begin, end in pairwise(self._begin):
            j, p = job[begin:end], site[begin:end]
            hour = np.arange(int(span[j].max()))
            inside = hour < span[j][:, None]
            cell = p[:, None] * self._shape[1] + np.where(inside, release[j][:, None] + hour, 0)
            run = instance.kwh[jobs[j], p][:, None] * instance.unit.ravel()[cell]
            cost = np.where(inside, run, np.inf)
            self._tables.append((int(need[j[0], p[0]]), cell, cost, instance.moving[jobs[j], p]))

    def cheapest(self, prices: Floats) -> tuple[float, Floats]:
        """Total cost of the cheapest hours at the cheapest site, and the machines in use."""
        import numpy as np

        flat, costs = prices.ravel(), []
        for hours, cell, cost, moving in self._tables:
            priced = cost + flat[cell]
            if hours < priced.shape[1]:
                priced.partition(hours - 1, axis=1)
            costs.append(priced[:, :hours].sum(1) + moving)
        whole = np.concatenate(costs)
        order = np.lexsort((whole, self._job))
        winners = order[np.diff(self._job[order], prepend=-1) > 0]
        load = np.zeros(prices.size)
        for (hours, cell, cost, _), begin, end in zip(
            self._tables, self._begin, self._begin[1:], strict=False
        ):
            rows = winners[(winners >= begin) & (winners < end)] - begin
            priced = cost[rows] + flat[cell[rows]]
            taken = np.argpartition(priced, hours - 1, axis=1)[:, :hours]
            cells = np.take_along_axis(cell[rows], taken, 1)
            load += np.bincount(cells.ravel(), minlength=prices.size)
        return float(whole[winners].sum()), load.reshape(self._shape)
