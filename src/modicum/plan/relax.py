"""The Lagrangian relaxation: prices on machine hours, and every job's cheapest place at them.

The relaxed cost, less what the prices give for the machines there are, is a bound that no schedule
beats (Fisher, Management Science 1981).  The prices follow the overload, each step mixed with those
before it, and its length falls when the bound has stopped rising (deflected subgradients: Camerini,
Fratta and Maffioli, Mathematical Programming Studies 3, 1975).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.plan.places import Places

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from modicum.plan.instance import Instance

    Floats = NDArray[np.float64]

_KEPT = 0.7
"""Share of the last direction in the next."""

_PATIENCE = 10
"""Rounds without a better bound after which the step falls, and starts from the best prices."""

_SHORTEST = 1e-3
"""A step this short moves no bound that is worth the round."""


def capacity_prices(
    instance: Instance,
    rounds: int,
    start: Floats | None = None,
    target: float | None = None,
    step: float = 1.0,
) -> tuple[Floats, float]:
    """Prices of machine hours, and the bound that they prove; `target`: a cost that can be had."""
    import numpy as np

    places, room = Places(instance), instance.room
    prices = np.zeros_like(instance.unit) if start is None else start.copy()
    best, kept, course, idle = -np.inf, prices, np.zeros_like(prices), 0
    for _ in range(rounds):
        cost, load = places.relaxed(prices)
        bound = cost - float((prices * room).sum())
        idle = 0 if bound > best + 1e-4 * abs(best) else idle + 1
        if bound > best:
            best, kept = bound, prices
        if idle > _PATIENCE:
            step, idle, prices = 0.7 * step, 0, kept
        over = load - room
        over = np.where((prices <= 0) & (over < 0), 0.0, over)
        if not over.any() or step < _SHORTEST:
            break
        course = _KEPT * course + (1 - _KEPT) * over if course.any() else over
        goal = best + max(0.03 * abs(best), 0.05 * ((target or best) - best))
        ahead = max(goal - bound, 0.002 * abs(best))
        prices = np.maximum(0.0, prices + step * ahead / float((course**2).sum()) * course)
    return kept, best
