"""Carbon of a decision as inventories divide it: scopes, market-based, embodied, SCI, rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modicum.figures import Figure

if TYPE_CHECKING:
    from modicum.carbon import Footprint
    from modicum.carbon.disclosure import Emissions
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
    from modicum.carbon.disclosure import Emissions

    if scope == "3":
        none = Figure.exact(
            0.0, "J", basis="reported", source="it is hosted: no energy of own operations",
            boundary=used.energy_j.boundary,
        )  # fmt: skip
        nothing = Figure.exact(
            0.0, "tCO2e", basis="reported", source="it is hosted: nothing in scope 2",
            boundary=used.energy_j.boundary,
        )  # fmt: skip
        return standard_rows(Emissions(none, nothing, nothing, goods=used.carbon_g))
    return standard_rows(
        Emissions(used.energy_j, used.carbon_g, used.carbon_market_g, capital=embodied)
    )


def standard_rows(found: Emissions) -> tuple[StandardRow, ...]:
    """Rows of every set of ESRS and of the GHG Protocol, as a report shows them."""
    from modicum.carbon.disclosure import esrs_rows, ghg_rows
    from modicum.report.beside import StandardRow

    return tuple(
        StandardRow(f"{row.standard} {row.version}", row.datapoint, row.label, row.figure,
                    row.source)
        for row in (*esrs_rows(found), *ghg_rows(found))
    )  # fmt: skip
