"""Jobs exchange places: those that stand far from where they would be cheapest, with those there.

A neighbourhood is some jobs that pay most over their cheapest place, and the jobs in the way of
these; with all others left alone it is one small mixed-integer programme (large neighbourhood
search: Shaw, CP 1998).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from modicum.errors import PlanError
from modicum.plan.exact import solve

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from modicum.plan.filling import Filling
    from modicum.plan.instance import Instance, Slot

    Floats = NDArray[np.float64]

_SEEDS = 12
"""Jobs that want to move, in one exchange."""

_PLACES = 4_000
"""Places to choose from, in one exchange."""

_SECONDS = 2.0

_NOTHING = 1e-9
"""Of the most that any job pays over its cheapest place: rounding."""


def exchange(filling: Filling, prices: Floats, draw: np.random.Generator) -> float:
    """One exchange among placed jobs, none beyond its machines; what it saved."""
    instance = filling.instance
    before = {j: filling.take(j) for j in _neighbourhood(filling, prices, draw)}
    if not before:
        return 0.0
    part = replace(
        instance,
        jobs=[instance.jobs[j] for j in before],
        busy=(instance.busy if instance.busy is not None else 0) + filling.load,
    )
    try:
        found = solve(part, seconds=_SECONDS)
    except PlanError:  # rounding in HiGHS: the places from before are there
        found = None
    old = sum(instance.cost(j, slot) for j, slot in before.items())
    better = found is not None and found.cost < old * (1 - 1e-9)
    slots = found.schedule if found is not None and better else tuple(before.values())
    for j, slot in zip(before, slots, strict=True):
        filling.put(j, slot)
    return old - found.cost if found is not None and better else 0.0


def _neighbourhood(filling: Filling, prices: Floats, draw: np.random.Generator) -> list[int]:
    """Jobs drawn by what they pay over their cheapest place, then those in their way."""
    import numpy as np

    instance, slots = filling.instance, filling.placed()
    filling.price_at(prices, 0.0)
    wish = [filling.cheapest(j) for j in range(len(slots))]
    filling.price_at(0 * prices, filling.never)
    paid = np.array(
        [
            _priced(instance, j, slots[j], prices) - _priced(instance, j, wish[j], prices)
            for j in range(len(slots))
        ]
    ).clip(0)
    many = min(_SEEDS, int((paid > _NOTHING * paid.max()).sum()))
    if many == 0:
        return []
    seeds = draw.choice(len(slots), many, replace=False, p=paid / paid.sum()).tolist()
    cells = {cell for j in seeds for slot in (wish[j], slots[j]) for cell in _cells(slot)}
    others = [j for j in draw.permutation(len(slots)).tolist() if j not in seeds]
    near = [j for j in others if not cells.isdisjoint(_cells(slots[j]))]
    sizes = np.cumsum([instance.places(j) for j in (*seeds, *near)])
    return [*seeds, *near][: max(1, int((sizes <= _PLACES).sum()))]


def _priced(instance: Instance, j: int, slot: Slot, prices: Floats) -> float:
    return instance.cost(j, slot) + float(prices[slot.site, list(slot.hours)].sum())


def _cells(slot: Slot) -> list[tuple[int, int]]:
    return [(slot.site, h) for h in slot.hours]
