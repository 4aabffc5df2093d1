"""The Lagrangian relaxation: prices on machine hours, and every job's cheapest place at them.

Fisher, Management Science 1981; the relaxed cost is a bound that no schedule beats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from modicum.plan.instance import Instance

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


def capacity_prices(
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
