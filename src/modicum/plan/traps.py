"""Mistakes that published footprints make again and again; each gives a warning that names it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from modicum.plan.chips import chips

_SEARCH = {"energy": (656_347.0,), "carbon": (626_155.0, 284_019.0)}
"""Energy (kWh) and carbon (lb, kg) of the architecture search in Strubell et al. 2019, table 3,
quoted since as one training's; Patterson et al. 2021, section 4.1, put it right."""

_CLOSE = 0.03  # a claim this near to a wrong factor is taken for it


@dataclass(frozen=True, slots=True)
class Trap:
    """A likely mistake: its name, and what was seen with the cure."""

    name: str
    message: str

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"


def input_traps(
    *,
    watts: float | None = None,
    pue: float | None = None,
    watts_include_pue: bool = False,
    grid_g_per_kwh: float | None = None,
    national_g_per_kwh: float | None = None,
    search: bool = False,
    statistic: str = "mean",
) -> list[Trap]:
    """Traps seen in the inputs of a plan.

    >>> [t.name for t in input_traps(grid_g_per_kwh=0.429)]
    ['kg for g']
    """
    found = [
        _kg_for_g(grid_g_per_kwh),
        _tdp(watts),
        _pue_twice(pue, watts_include_pue),
        _market(grid_g_per_kwh, national_g_per_kwh),
        _search(search),
        _median(statistic),
    ]
    return [trap for trap in found if trap]


def claim_traps(
    claimed: float, computed: float, *, pue: float | None = None, what: str = "energy"
) -> list[Trap]:
    """What a claimed number, in the computed one's unit, was likely mistaken for.

    >>> [t.name for t in claim_traps(1217.1, 552.1, what="carbon")]
    ['lb for kg']
    """
    if claimed <= 0 or computed <= 0:
        return []
    if not _near(claimed / computed, 1) and any(_near(claimed / x, 1) for x in _SEARCH[what]):
        told = f"{claimed:g} is the figure of a search of 2019 for the Evolved Transformer"
        return [Trap("NAS taken for one training", f"{told}: many trainings, done once")]
    return [Trap(n, m) for n, m in _claims(claimed / computed, pue, what)][:1]


def _claims(ratio: float, pue: float | None, what: str) -> Iterator[tuple[str, str]]:
    told = f"the claimed {what} is {ratio:.4g} times the computed"
    thousands = "MWh for kWh" if what == "energy" else "kg for g"
    if _near(ratio, 1000) or _near(ratio, 0.001):
        yield thousands, f"{told}, as when {thousands.replace(' for ', ' is read for ')}"
    if what == "carbon" and (_near(ratio, 2.20462) or _near(ratio, 1 / 2.20462)):
        yield "lb for kg", f"{told}: one kg is 2.2046 lb, so check the unit"
    if pue and pue > 1 + _CLOSE and _near(ratio, pue):
        yield "PUE applied twice", f"{told}, which is the PUE once more"
    if pue and pue > 1 + _CLOSE and _near(ratio, 1 / pue):
        yield "PUE left out", f"{told}: it is the energy of the machines before a PUE of {pue:g}"
    if what == "carbon" and ratio < 1 / 3:
        yield "market- for location-based", f"{told}: a supplier's factor, or another country's"


def _near(ratio: float, factor: float) -> bool:
    return abs(math.log(ratio / factor)) < _CLOSE


def _kg_for_g(grid: float | None) -> Trap | None:
    if grid is None or not 0 < grid < 2:
        return None
    return Trap(
        "kg for g",
        f"a grid factor of {grid:g} g/kWh is below any grid's; in kg/kWh it would be "
        f"{grid * 1000:g} g/kWh",
    )


def _tdp(watts: float | None) -> Trap | None:
    if watts is None:
        return None
    names = sorted({c.name for c in chips().values() if c.tdp_w == watts})
    if not names:
        return None
    return Trap(
        "TDP taken for draw",
        f"{watts:g} W is the TDP of {', '.join(names[:3])}: the average draw differs, "
        "so give a measured one",
    )


def _pue_twice(pue: float | None, included: bool) -> Trap | None:
    if pue is None or pue <= 1 or not included:
        return None
    return Trap(
        "PUE applied twice",
        f"what was given already holds the facility's overhead, so the PUE of {pue:g} was left out",
    )


def _market(grid: float | None, national: float | None) -> Trap | None:
    if grid is None or national is None or grid <= 0 or grid >= national / 3:
        return None
    return Trap(
        "market- for location-based",
        f"{grid:g} g/kWh is under a third of the country's {national:g}: that is a supplier's "
        "factor, so give it as the market-based one",
    )


def _search(search: bool) -> Trap | None:
    if not search:
        return None
    return Trap(
        "NAS taken for one training",
        "this is an architecture search of many trainings, done once: never one model's",
    )


def _median(statistic: str) -> Trap | None:
    if statistic != "median":
        return None
    return Trap(
        "median quoted as mean",
        "a median times a count is not a total: requests are skewed, so the mean is higher",
    )
