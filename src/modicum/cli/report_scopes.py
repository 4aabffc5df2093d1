"""A period by scope: what own machines and providers used, and the rows of standards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.cli.report_asked import Asked
from modicum.figures import Figure

if TYPE_CHECKING:
    from modicum.ledger.period import Period, TaskPeriod
    from modicum.ledger.used import Used
    from modicum.report.beside import StandardRow
    from modicum.report.ledger_view import ScopeUse

NO_MARKET = "market-based carbon needs your supplier's factor: give --supplier-g-per-kwh"
_NO_DEVICE = "embodied carbon needs the device: give --device and --device-share"


def scopes(period: Period, asked: Asked) -> ScopeUse:
    """Own machines and providers apart; what the user stated of the own ones."""
    from modicum.carbon import footprint
    from modicum.carbon.embodied import embodied_of_use
    from modicum.carbon.sci import Sci
    from modicum.report.ledger_view import ScopeUse

    own, hosted = _shares(period, own=True), _shares(period, own=False)
    supplier = asked.means.supplier_g_per_kwh
    energy = own["energy_j"]
    market = Figure.unknown("gCO2e", NO_MARKET, boundary=energy.boundary)
    if supplier is not None:
        market = footprint(energy, asked.region, supplier_g_per_kwh=supplier).carbon_market_g
    embodied = Figure.unknown("gCO2e", _NO_DEVICE)
    if asked.means.device is not None:
        seconds = (period.until_ms - period.since_ms) / 1000
        embodied = embodied_of_use(asked.means.device, seconds=seconds, share=asked.means.share)
    boundary = f"{energy.boundary or 'as metered'}; candidates and models answering, gateway apart"
    carbon = _sum([own, hosted])["carbon_g"]
    sci = Sci(carbon, embodied, "request", max(period.requests, 1), boundary).rate
    rows = _rows(own, hosted, market, embodied)
    return ScopeUse(own, hosted, market, embodied, sci, boundary, rows)


def _rows(own: Used, hosted: Used, market: Figure, embodied: Figure) -> tuple[StandardRow, ...]:
    from modicum.carbon.disclosure import Emissions
    from modicum.cli.report_accounts import standard_rows

    found = Emissions(
        own["energy_j"], own["carbon_g"], market, goods=hosted["carbon_g"], capital=embodied
    )
    return standard_rows(found)


def _shares(period: Period, *, own: bool) -> Used:
    """What ran here, or elsewhere; nothing is an exact zero, as it was looked for."""
    parts = [used for task in period.tasks for used in _parts(task, own=own)]
    if parts:
        return _sum(parts)
    return {
        name: Figure.exact(0.0, unit, basis="reported", boundary="the ledger",
                           source="no request of this kind is on record")
        for name, unit in (("energy_j", "J"), ("carbon_g", "gCO2e"), ("cost", "1"))
    }  # fmt: skip


def _parts(task: TaskPeriod, *, own: bool) -> list[Used]:
    """Audits are asked of the reference, which is a provider's model."""
    found = [share.used for share in task.shares if ("/" not in share.route) == own]
    return [*found, task.audits] if task.audited and not own else found


def _sum(parts: list[Used]) -> Used:
    from modicum.ledger.used import summed

    return summed(parts)
