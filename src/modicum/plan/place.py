"""Where and when each job runs: cheapest in carbon, energy, money or a weighting of them.

Small instances are one mixed-integer programme (SciPy's HiGHS).  Large ones are decomposed: the
machines' hourly capacity gets prices (`relax`), which also prove a lower bound; at these prices the
jobs are put one after another, and settle (`filling`); then each is moved while that saves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modicum.errors import PlanError
from modicum.plan.baselines import run_now
from modicum.plan.exchange import exchange
from modicum.plan.filling import Filling
from modicum.plan.instance import Instance, Slot
from modicum.plan.relax import capacity_prices

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_PRESSURE = (0.02, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0)
"""What a machine hour too many costs in each pass, over the mean hour of a job."""

_PASSES, _VAIN = 4, 4
"""Moves of each job to the cheapest free place at most; exchanges in vain that are enough."""

_NEAR = 0.01
"""A schedule this near its bound is near enough."""


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


def place(
    instance: Instance,
    *,
    rounds: int = 300,
    exact_below: int = 10_000,
    exchanges: int = 16,
    prices: Floats | None = None,
) -> Placement:
    """The placement: exact for up to `exact_below` places to choose from, else by decomposition.

    A place is a job at a site in an hour; `exchanges` are tried at most where the gap is above a
    hundredth; `prices` of an earlier placement start the rounds.
    """
    exact = None
    if sum(map(instance.places, range(len(instance.jobs)))) <= exact_below:
        from modicum.plan.exact import solve

        exact = solve(instance)
        if exact is not None and (exact.exact or exact.gap <= _NEAR):
            return exact
    plain = _plain(instance)
    target = None if plain is None else instance.total(plain)
    prices, bound = capacity_prices(instance, rounds, prices, target)
    settled = _settled(instance, prices, bound, exchanges)
    found = [s for s in (settled, plain, exact and list(exact.schedule)) if s]
    if not found:
        raise PlanError(_full(instance))
    schedule = min(found, key=instance.total)
    bound = max(bound, exact.bound if exact else bound)
    return Placement(tuple(schedule), instance.total(schedule), bound, False, prices)


def tighten(instance: Instance, placement: Placement, rounds: int = 300) -> float:
    """A better lower bound, from where the placement's prices stood."""
    _, bound = capacity_prices(instance, rounds, placement.prices, placement.cost, step=0.1)
    return max(bound, placement.bound)


def _plain(instance: Instance) -> list[Slot] | None:
    """What a cluster does without a plan: a cost to be had, and a schedule to fall back on."""
    try:
        return run_now(instance)
    except PlanError:  # first fit may box a job in where another order has room for all
        return None


def _settled(instance: Instance, prices: Floats, bound: float, exchanges: int) -> list[Slot] | None:
    """Jobs put one after another at these prices, until no hour is beyond its machines."""
    import numpy as np

    filling, draw = Filling(instance, prices), np.random.default_rng(0)
    jobs = range(len(instance.jobs))
    hour = float((instance.kwh.max(axis=1) * instance.unit.mean()).mean())
    for pressure in (*_PRESSURE, filling.never / max(hour, 1e-12)):
        filling.price_at(prices, pressure * hour)
        filling.settle(draw.permutation(len(jobs)).tolist())
        if not filling.over():
            break
    if filling.over() and not _squeezed(filling):
        return None
    filling.price_at(0 * prices, filling.never)
    for _ in range(_PASSES):
        if not filling.settle(sorted(jobs, key=lambda j: -filling.cost(j))):
            break
    vain = 0
    for _ in range(exchanges):
        if vain == _VAIN or instance.total(filling.placed()) <= (1 + _NEAR) * bound:
            break
        vain = 0 if exchange(filling, prices, draw) > 0 else vain + 1
    return filling.placed()


def _squeezed(filling: Filling) -> bool:
    """Whether all jobs fit when put anew, the one with the least freedom first."""
    instance = filling.instance
    for j in range(len(instance.jobs)):
        filling.take(j)
    for j in sorted(range(len(instance.jobs)), key=lambda j: _freedom(instance, j)):
        slot = filling.cheapest(j)
        if not filling.fits(slot):
            return False
        filling.put(j, slot)
    return True


def _freedom(instance: Instance, j: int) -> tuple[int, float]:
    job = instance.jobs[j]
    sites = int((instance.hours[j] > 0).sum())
    return sites * (job.deadline - job.release - job.hours + 1), -job.kw * job.hours


def _full(instance: Instance) -> str:
    """Why no schedule was found, with the numbers."""
    asked = sum(job.hours for job in instance.jobs)
    there = sum(s.machines for s in instance.sites) * instance.horizon
    return (
        f"{len(instance.jobs)} jobs of {asked} machine hours find no schedule on {there} in "
        f"{instance.horizon} h before their deadlines: give more machines"
    )
