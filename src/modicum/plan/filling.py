"""A schedule under way: jobs put in their cheapest places one after another, and moved again.

At the prices of the relaxation most jobs know their place; what is left is that many like jobs
want the same hours at once.  Put one after another, each sees the load of those before it: an hour
beyond its machines costs the more the fuller it is, and more in each pass, until none is beyond.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.plan.instance import Slot

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from modicum.plan.instance import Instance

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


class Filling:
    """Slots of jobs (None: not placed yet), and what one more machine costs in each hour."""

    def __init__(self, instance: Instance, prices: Floats | None = None) -> None:
        import numpy as np

        self.instance = instance
        self.slots: list[Slot | None] = [None] * len(instance.jobs)
        self.room = instance.room
        self.load = np.zeros_like(self.room)
        self.price_at(np.zeros_like(self.room) if prices is None else prices, self.never)
        self._kinds = [
            [(int(d), np.flatnonzero(row == d)) for d in np.unique(row[row > 0])]
            for row in instance.hours
        ]

    @property
    def never(self) -> float:
        """A price of an hour that no job would pay: ten times the dearest place of any."""
        i = self.instance
        return 10.0 * float((i.kwh * i.hours * i.unit.max() + i.moving).max()) + 1.0

    def price_at(self, prices: Floats, beyond: float) -> None:
        """From now on an hour costs `prices`, and `beyond` for each machine that is not there."""
        self._prices, self._beyond = prices, beyond
        self._next = prices + beyond * (self.load + 1 - self.room).clip(0)

    def over(self) -> float:
        """Machine hours in use that are not there."""
        return float((self.load - self.room).clip(0).sum())

    def put(self, j: int, slot: Slot) -> None:
        """Job j runs there."""
        self.slots[j] = slot
        self._count(slot, 1)

    def take(self, j: int) -> Slot:
        """Job j is not placed any more; where it was."""
        slot = self.slots[j]
        if slot is None:
            raise AssertionError(f"job {self.instance.jobs[j].name} is not placed")
        self.slots[j] = None
        self._count(slot, -1)
        return slot

    def placed(self) -> list[Slot]:
        """The slots, every job having one."""
        return [slot for slot in self.slots if slot is not None]

    def _count(self, slot: Slot, by: int) -> None:
        at = (slot.site, list(slot.hours))
        self.load[at] += by
        over = (self.load[at] + 1 - self.room[at]).clip(0)
        self._next[at] = self._prices[at] + self._beyond * over

    def cost(self, j: int) -> float:
        """What the aim counts for job j where it is."""
        slot = self.slots[j]
        return 0.0 if slot is None else self.instance.cost(j, slot)

    def fits(self, slot: Slot) -> bool:
        """Whether one more job has a machine there in every hour."""
        at = (slot.site, list(slot.hours))
        return bool((self.load[at] < self.room[at]).all())

    def cheapest(self, j: int) -> Slot:
        """Where job j costs least as things stand."""
        job = self.instance.jobs[j]
        best, found = float("inf"), None
        for hours, sites in self._kinds[j]:
            span = slice(job.release, job.deadline)
            run = self.instance.kwh[j, sites][:, None] * self.instance.unit[sites, span]
            pick = _any_hours if job.interruptible else _one_piece
            cost, n, taken = pick(
                run + self._next[sites, span], self.instance.moving[j, sites], hours
            )
            if cost < best:
                best = cost
                found = Slot(int(sites[n]), tuple(h + job.release for h in taken))
        if found is None:
            raise AssertionError(f"job {job.name} has no site")  # Instance has checked
        return found

    def settle(self, order: Iterable[int]) -> int:
        """Each job again where it costs least; how many have moved."""
        moved = 0
        for j in order:
            old = None if self.slots[j] is None else self.take(j)
            new = self.cheapest(j)
            moved += new != old
            self.put(j, new)
        return moved


def _one_piece(cost: Floats, moving: Floats, hours: int) -> tuple[float, int, Iterable[int]]:
    """The cheapest start: its cost, the site's number, the hours."""
    sums = cost.cumsum(1)
    windows = sums[:, hours - 1 :].copy()
    windows[:, 1:] -= sums[:, :-hours]
    windows += moving[:, None]
    site, first = divmod(int(windows.argmin()), windows.shape[1])
    return float(windows[site, first]), site, range(first, first + hours)


def _any_hours(cost: Floats, moving: Floats, hours: int) -> tuple[float, int, Iterable[int]]:
    """The cheapest hours of one site: their cost, the site's number, the hours."""
    import numpy as np

    taken = np.argpartition(cost, hours - 1, axis=1)[:, :hours]
    whole = np.take_along_axis(cost, taken, 1).sum(1) + moving
    site = int(whole.argmin())
    return float(whole[site]), site, sorted(taken[site].tolist())
