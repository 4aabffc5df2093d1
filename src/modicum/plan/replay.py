"""What is left of a saving when the plan saw forecasts, renewed as the week goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from modicum.errors import PlanError
from modicum.figures import Figure
from modicum.plan.baselines import count_late, run_now
from modicum.plan.instance import KWH_PER_GB, Instance, Network, Slot
from modicum.plan.limits import at_most, not_negative, positive
from modicum.plan.place import Placement, place
from modicum.plan.saving import carbon, share_saved, simple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_HOURLY = 0.9
"""Correlation of a forecast's error from one hour to the next."""

_GROWN_H = 24
"""Lead at which the error is whole (day-ahead carbon forecasts: 4-13% MAPE, Maji et al. 2022)."""

_QUICK = {"rounds": 60, "exact_below": 0, "exchanges": 0}
"""How a plan that is made anew each day is made: a forecast errs by more than its gap."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """Carbon, and what of it is saved against run-now, on the true series, by how the network is
    counted; run-now ends `late` jobs after their deadline (None: it runs not all)."""

    error: float
    every_h: int | None
    carbon_g: dict[Network, Figure]
    saving: dict[Network, Figure]
    late: int | None

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "forecast_error": self.error,
            "renewed_every_h": self.every_h,
            "carbon_kg": {way: f.to("kgCO2e").to_dict() for way, f in self.carbon_g.items()},
            "saving": {way: f.to_dict() for way, f in self.saving.items()},
            "run_now_late": self.late,
        }


def replay(
    instance: Instance,
    error: float = 0.10,
    seed: int = 0,
    draws: int = 1,
    every_h: int | None = 24,
) -> Replayed:
    """The saving, mean and range of `draws`, when the plan only saw forecasts.

    A forecast is made every `every_h` hours (None: once), and jobs that have not begun are placed
    again; what runs, runs on.  Its error is an autoregressive series that grows with the lead from
    nothing to `error`.  Jobs are known ahead, as recurring ones are; only the grid is not.
    """
    at_most("forecast error", not_negative("forecast error", error), 1.0)
    not_negative("seed", seed)
    if every_h is not None:
        positive("hours between forecasts", every_h)
    now = simple(run_now, instance)
    plans = [_week(instance, error, seed + draw, every_h) for draw in range(draws)]
    what = "made once" if every_h is None else f"renewed every {every_h} h"
    told = f"{draws} forecasts with an error of {error:.0%}, {what}"
    used = {way: [carbon(instance, plan, way) for plan in plans] for way in KWH_PER_GB}
    return Replayed(
        error,
        every_h,
        {way: _range(grams, f"{told}; network {way}") for way, grams in used.items()},
        {
            way: _saved(instance, grams, now, way, f"{told}; network {way}")
            for way, grams in used.items()
        },
        None if isinstance(now, PlanError) else count_late(instance, now),
    )


def _week(instance: Instance, error: float, seed: int, every_h: int | None) -> list[Slot]:
    """The schedule that is run: what began before a forecast stays, the rest is placed by it."""
    import numpy as np

    slots: list[Slot | None] = [None] * len(instance.jobs)
    draw, prices = np.random.default_rng(seed), None
    for hour in range(0, instance.horizon, every_h or instance.horizon):
        open_ = [j for j, s in enumerate(slots) if s is None or s.hours[0] >= hour]
        if not open_:
            break
        part = _from(instance, open_, slots, hour, error, draw)
        old = [s for j in open_ if (s := slots[j]) is not None]
        try:
            found = _quickly(part, prices) if old else _surely(part)
        except PlanError:
            if not old:
                raise
        else:
            prices = found.prices
            if not old or found.cost < part.total(old):
                old = list(found.schedule)
        for j, slot in zip(open_, old, strict=True):
            slots[j] = slot
    return [s for s in slots if s is not None]


def _from(
    instance: Instance,
    jobs: Sequence[int],
    slots: Sequence[Slot | None],
    hour: int,
    error: float,
    draw: np.random.Generator,
) -> Instance:
    """The jobs not begun at `hour`, on a forecast made then, beside the machines in use."""
    import numpy as np

    busy = np.zeros_like(instance.room) if instance.busy is None else instance.busy.copy()
    open_ = set(jobs)
    for j, slot in enumerate(slots):
        if slot is not None and j not in open_:
            busy[slot.site, list(slot.hours)] += 1
    return replace(
        instance,
        jobs=[replace(instance.jobs[j], release=max(hour, instance.jobs[j].release)) for j in jobs],
        sites=[
            replace(s, intensity=_forecast(s.intensity, hour, error, draw)) for s in instance.sites
        ],
        busy=busy,
    )


def _forecast(truth: Floats, hour: int, error: float, draw: np.random.Generator) -> Floats:
    """The series as forecast at `hour`."""
    import numpy as np

    fresh = draw.normal(0.0, error * np.sqrt(1 - _HOURLY**2), len(truth))
    wrong = np.zeros(len(truth))
    for h in range(hour + 1, len(truth)):
        wrong[h] = _HOURLY * wrong[h - 1] + fresh[h]
    grown = ((np.arange(len(truth)) - hour) / _GROWN_H).clip(0.0, 1.0)
    seen: Floats = truth * (1 + wrong * grown).clip(0.2, 3.0)
    return seen


def _quickly(part: Instance, prices: Floats | None) -> Placement:
    return place(part, prices=prices, **_QUICK)


def _surely(part: Instance) -> Placement:
    """The quick way, or the careful one where few machines leave the quick one without a plan."""
    try:
        return _quickly(part, None)
    except PlanError:
        return place(part)


def _saved(
    instance: Instance,
    used: Sequence[Figure],
    now: Sequence[Slot] | PlanError,
    network: Network,
    source: str,
) -> Figure:
    if isinstance(now, PlanError):
        return Figure.unknown("1", f"running now runs not every job: {now}")
    before = carbon(instance, now, network)
    shares = [share_saved(grams, before) for grams in used]
    return _range(shares, source) if shares[0].known else shares[0]


def _range(figures: Sequence[Figure], source: str) -> Figure:
    """The mean over forecasts, from the lowest end of any to the highest."""
    first = figures[0]
    return Figure.of(
        sum(f.value or 0.0 for f in figures) / len(figures),
        min(f.low or 0.0 for f in figures),
        max(f.high or 0.0 for f in figures),
        first.unit,
        basis="modelled",
        source=source,
        boundary=first.boundary,
    )
