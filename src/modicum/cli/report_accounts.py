"""Carbon of a decision as inventories divide it: scopes, market-based, embodied, SCI, rows."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modicum.figures import Figure

if TYPE_CHECKING:
    from modicum.carbon import Footprint
    from modicum.decision.document import CandidateDocument, DecisionDocument
    from modicum.report.beside import Account, StandardRow

_MONTH_S = 365.25 / 12 * 86400
_HOSTED = "a hosted model's market-based carbon is its provider's to state"
_NO_DEVICE = "embodied carbon needs the device: give --device and --device-share"
_OTHER = "--device speaks of what is recommended; the reference's hardware is not known"
_NO_MARKET = "market-based carbon needs your supplier's factor: give --supplier-g-per-kwh"
_MAKER = "the provider's hardware is not known"


@dataclass(frozen=True)
class Means:
    """What the user says of the machines that the recommended candidate runs on."""

    supplier_g_per_kwh: float | None = None
    device: str | None = None
    share: float = 1.0


def accounts(
    document: DecisionDocument, hosted: dict[str, bool], means: Means
) -> dict[str, Account]:
    """One account for the reference and one for the recommended candidate, by name.

    hosted: whether a candidate answers elsewhere, by name; one that is not in it is not known.
    """
    names = dict.fromkeys((document.reference, document.recommended))
    rows = [document.candidate(name) for name in names]
    found = {r.name: _account(document, r, hosted.get(r.name), means) for r in rows if r.footprint}
    return found


def _account(
    document: DecisionDocument, row: CandidateDocument, hosted: bool | None, means: Means
) -> Account:
    from modicum.carbon.sci import Sci
    from modicum.report.beside import Account

    volume = document.task.requests_per_month
    units = volume or 1.0
    used = _used(document, row, hosted, means, units)
    own = row.name == document.recommended
    embodied = _embodied(hosted, means, monthly=volume is not None, own=own)
    boundary = f"{used.energy_j.boundary or 'as metered'}; one candidate answering, requests only"
    rate = Sci(used.carbon_g, embodied, "request", units, boundary).rate
    scope = {True: "3", False: "2", None: None}[hosted]
    rows = _rows(used, embodied, scope) if volume and scope else ()
    return Account(scope, units, used.carbon_market_g, embodied, rate, boundary, rows)


def _used(
    document: DecisionDocument,
    row: CandidateDocument,
    hosted: bool | None,
    means: Means,
    units: float,
) -> Footprint:
    """The footprint of `units` requests, the decision's own figures where it has them."""
    from modicum.carbon import Footprint, footprint

    given = row.footprint
    assert given is not None  # noqa: S101 - `accounts` leaves out who has none
    energy = given.energy_j.figure() * units
    supplier = None if hosted else means.supplier_g_per_kwh
    market = footprint(energy, document.task.region, supplier_g_per_kwh=supplier).carbon_market_g
    if not market.known:
        why = _HOSTED if hosted else _NO_MARKET
        market = Figure.unknown("gCO2e", why, boundary=energy.boundary)
    return Footprint(
        energy_j=energy,
        carbon_g=given.carbon_g.figure() * units,
        carbon_market_g=market,
        water_l=given.water_l.figure() * units,
        cost=given.cost.figure() * units,
    )


def _embodied(hosted: bool | None, means: Means, *, monthly: bool, own: bool) -> Figure:
    """Of a month; the device is the one that the recommended candidate would run on."""
    from modicum.carbon.embodied import embodied_of_use

    if hosted:
        return Figure.unknown("gCO2e", _MAKER)
    if means.device is None or not own:
        return Figure.unknown("gCO2e", _NO_DEVICE if own else _OTHER)
    if not monthly:
        return Figure.unknown("gCO2e", "a share of a device needs requests_per_month in [volume]")
    return embodied_of_use(means.device, seconds=_MONTH_S, share=means.share)


def _rows(used: Footprint, embodied: Figure, scope: str) -> tuple[StandardRow, ...]:
    """Rows of ESRS E1 and the GHG Protocol; what is hosted is purchased, scope 3 category 1."""
    from modicum.plan.standards import Inventory
    from modicum.report.beside import StandardRow

    if scope == "3":
        carbon = used.carbon_g.to("tCO2e")
        text = "scope 3, category 1 (purchased goods and services)"
        ghg = StandardRow("GHG Protocol", "scope_3_category_1_t", text, carbon)
        return (ghg, StandardRow("ESRS", "E1-6_11", f"Gross {text}", carbon))
    inventory = Inventory(used, embodied)
    esrs = [
        StandardRow("ESRS", line["datapoint"], line["label"], _of(line))
        for line in csv.DictReader(io.StringIO(inventory.esrs()))
    ]
    ghg_rows = [
        StandardRow("GHG Protocol", key, key.replace("_", " "), Figure.from_dict(value))
        for key, value in inventory.ghg_protocol().items()
        if isinstance(value, dict)
    ]
    return (*esrs, *ghg_rows)


def _of(line: dict[str, Any]) -> Figure:
    """A row of the planner's csv as a figure again."""
    numbers = {k: float(line[k]) if line[k] else None for k in ("value", "low", "high")}
    return Figure.from_dict({**line, **numbers, "boundary": "a month of the task"})
