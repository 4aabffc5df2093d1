"""What a report on a ledger is drawn from, and its forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from modicum.cli.report_accounts import Means
from modicum.errors import LedgerError
from modicum.figures import Figure

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument
    from modicum.ledger import Ledger
    from modicum.ledger.period import Period, TaskPeriod
    from modicum.ledger.used import Used
    from modicum.opportunities import Seen, Told
    from modicum.report.beside import StandardRow
    from modicum.report.ledger_view import Hint, LedgerView, ScopeUse, TaskTold
    from modicum.report.readers import Format
    from modicum.report.reading import Reader

_EPOCH = date(1970, 1, 1)
_NO_MARKET = "market-based carbon needs your supplier's factor: give --supplier-g-per-kwh"
_NO_DEVICE = "embodied carbon needs the device: give --device and --device-share"


@dataclass(frozen=True)
class Asked:
    """What of a ledger is told: from a day on (1970 is 0), in which language, of which machines."""

    since: int | None = None
    lang: str = "en"
    region: str | None = None
    means: Means = field(default_factory=Means)
    url: str = ""


def render_ledger(
    ledger: Ledger,
    form: Format,
    readers: tuple[Reader, ...] = ("engineer", "business", "sustainability"),
    asked: Asked | None = None,
) -> str:
    """The report in that form; raises LedgerError where the ledger holds no request."""
    from modicum.report.ledger_readers import render_ledger_view

    return render_ledger_view(ledger_view(ledger, asked or Asked()), readers, form)


def ledger_view(ledger: Ledger, asked: Asked) -> LedgerView:
    """Everything that the report shows."""
    from modicum.ledger.period import read_days
    from modicum.opportunities import blind, find_opportunities, see, tell_all
    from modicum.report.language import language
    from modicum.report.ledger_view import LedgerView
    from modicum.report.notes import Notes

    first, last = span(ledger, asked.since)
    period = read_days(ledger.engine, first, last)
    seen = see(ledger, first, last, region=asked.region)
    found = find_opportunities(seen, "money")
    tasks, say = _tasks(ledger, period, seen), language(asked.lang)
    return LedgerView(
        period,
        str(_EPOCH + timedelta(days=first)),
        str(_EPOCH + timedelta(days=last)),
        tasks,
        _scopes(period, asked),
        tuple(_hint(told) for told in tell_all(found, say)),
        blind(found, say),
        found.monthly,
        _typed(asked.url),
        Notes(say=say),
    )


def _typed(url: str) -> str:
    """The ledger as one types it, without its password."""
    import shlex

    from sqlalchemy import make_url

    if "://" in url:
        url = make_url(url).render_as_string(hide_password=True)
    return shlex.quote(url) if url else ""


def span(ledger: Ledger, since: int | None) -> tuple[int, int]:
    """The days that are told; raises LedgerError where there is no request in them."""
    from modicum.ledger.period import days_there

    there = days_there(ledger.engine)
    if there is None:
        raise LedgerError(
            "the ledger holds no request to report on: serve a decision with `modicum serve`, or "
            "report on a folder"
        )
    if since is not None and since > there[1]:
        raise LedgerError(f"the ledger's last request is of {_EPOCH + timedelta(days=there[1])}")
    return max(there[0], since or there[0]), there[1]


def newest_decision(ledger: Ledger, task: str) -> DecisionDocument:
    """The newest decision of a task; raises LedgerError with those there are."""
    from modicum.decision.document import parse_decision

    texts = ledger.decisions(task)
    if texts:
        return parse_decision(texts[0], f"the ledger's decision on {task!r}")
    known = sorted({run.name for run in ledger.runs_of("size")})
    raise LedgerError(
        f"the ledger holds no decision on {task!r}; it holds: {', '.join(known) or 'none'}"
    )


def _tasks(ledger: Ledger, period: Period, seen: Seen) -> tuple[TaskTold, ...]:
    from modicum.ledger.watch_store import WatchStore
    from modicum.report.ledger_view import TaskTold

    store = WatchStore(ledger.engine)
    watches = {row.task: row for row in store.newest()}
    found = []
    for traffic in period.tasks:
        row = watches.get(traffic.task)
        alarms = store.alarms(row.id) if row else []
        said = ""
        if row is not None:
            moves = store.moves(row.id)
            said = f"alarm: {alarms[-1].stream}" if alarms else "watched"
            if moves:
                said += f", {moves[-1].kind} {moves[-1].share:.0%}"
        found.append(
            TaskTold(
                traffic,
                seen.decisions.get(traffic.task),
                said,
                seen.audits.get(traffic.task, 0),
                len(alarms),
            )
        )
    return tuple(found)


def _scopes(period: Period, asked: Asked) -> ScopeUse:
    """Own machines and providers apart; what the user stated of the own ones."""
    from modicum.carbon import footprint
    from modicum.carbon.embodied import embodied_of_use
    from modicum.carbon.sci import Sci
    from modicum.report.ledger_view import ScopeUse

    own, hosted = _shares(period, own=True), _shares(period, own=False)
    supplier = asked.means.supplier_g_per_kwh
    energy = own["energy_j"]
    market = Figure.unknown("gCO2e", _NO_MARKET, boundary=energy.boundary)
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


def _hint(told: Told) -> Hint:
    from modicum.report.ledger_view import Hint

    return Hint(told.subject, told.todo, told.saving.figures, told.effort, told.step)


def render_focus(ledger: Ledger, asked: Asked) -> str:
    """A row for each day, task and model, that joins a FOCUS bill; csv."""
    from modicum.carbon import Footprint
    from modicum.ledger.period import read_days
    from modicum.plan.standards import focus_csv, focus_row

    first, last = span(ledger, asked.since)
    rows = []
    for day in range(first, last + 1):
        start = datetime.combine(_EPOCH + timedelta(days=day), datetime.min.time(), UTC)
        for task in read_days(ledger.engine, day, day).tasks:
            for share in task.shares:
                used: Mapping[str, Figure] = share.used
                footprint = Footprint(
                    energy_j=used["energy_j"],
                    carbon_g=used["carbon_g"],
                    carbon_market_g=Figure.unknown("gCO2e", _NO_MARKET),
                    water_l=Figure.unknown("L", "not on record"),
                    cost=used["cost"],
                )
                rows.append(
                    focus_row(
                        footprint,
                        start=start,
                        end=start + timedelta(days=1),
                        resource=share.route,
                        service=task.task or "models asked directly",
                        region=asked.region or "",
                    )
                )
    return focus_csv(rows)
