"""The ledger for who accounts for energy and carbon: by scope, by task, and how good it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.figures import Figure
from modicum.report.ledger_engineer import name_of
from modicum.report.markup import short
from modicum.report.quality_part import data_part, vintages_part
from modicum.report.reading import Number, Part, Reading
from modicum.report.standards import standards_part

if TYPE_CHECKING:
    from modicum.report.language import Language
    from modicum.report.ledger_view import LedgerView

_MOST = 40


def sustainability(view: LedgerView, say: Language) -> Reading:
    """Energy and carbon of the period, with method, quality and rows of standards."""
    figures = _figures(view)
    parts = (
        _uses(view, say),
        _scopes(view, say),
        _tasks(view, say),
        _sci(view, say),
        data_part(figures, "ledger_score", say),
        vintages_part(figures, say),
        Part("sust-method", say("sustainability.method"), (say("ledger.method_text"),)),
        standards_part(view.scopes.rows, say("ledger.standards_text"), say),
        _join(view, say),
        Part("sust-progress", say("sustainability.progress"), (say("ledger.progress_text"),),
             command="modicum progress"),
    )  # fmt: skip
    return Reading("sustainability", say("sustainability.title"), parts)


def _figures(view: LedgerView) -> list[Figure]:
    """What the data's quality is told of: energy, carbon and money of each task and way."""
    shares = [share for task in view.tasks for share in task.traffic.shares]
    return [figure for share in shares for figure in share.used.values()]


def _uses(view: LedgerView, say: Language) -> Part:
    text = say(
        "ledger.uses_text",
        requests=say.number(f"{view.period.requests:,}"),
        since=view.since,
        until=view.until,
    )
    water = Figure.unknown("L", say("ledger.no_water"))
    numbers = (
        Number(say("ledger.energy_all"), view.used["energy_j"], "used.energy_j"),
        Number(say("ledger.carbon_all"), view.used["carbon_g"], "used.carbon_g"),
        Number(say("ledger.water_all"), water, "not on record"),
        Number(say("ledger.energy_saved"), view.saved("energy_j"), "saved.energy_j"),
        Number(say("ledger.carbon_saved"), view.saved("carbon_g"), "saved.carbon_g"),
    )
    return Part("ledger-uses", say("ledger.uses"), (text,), numbers)


def _scopes(view: LedgerView, say: Language) -> Part:
    found = view.scopes
    numbers = (
        Number(say("ledger.own_energy"), found.own["energy_j"], "own.energy_j"),
        Number(say("ledger.own_location"), found.own["carbon_g"], "own.carbon_g"),
        Number(say("ledger.own_market"), found.market, "own.energy_j * stated supplier's factor"),
        Number(say("ledger.own_embodied"), found.embodied, "stated device and share"),
        Number(say("ledger.hosted_energy"), found.hosted["energy_j"], "hosted.energy_j"),
        Number(say("ledger.hosted_carbon"), found.hosted["carbon_g"], "hosted.carbon_g"),
    )
    return Part("ledger-scopes", say("ledger.scopes"), (say("ledger.scopes_text"),), numbers)


def _tasks(view: LedgerView, say: Language) -> Part:
    numbers = tuple(
        Number(
            say("ledger.carbon_used", name=name_of(task, say)),
            task.traffic.used["carbon_g"],
            f"{task.place}.used.carbon_g",
        )
        for task in view.tasks[:_MOST]
    )
    return Part("ledger-by-task-carbon", say("ledger.by_task"), (), numbers)


def _sci(view: LedgerView, say: Language) -> Part:
    boundary = say("ledger.sci_boundary", boundary=short(view.scopes.boundary, 300))
    texts = (say("sustainability.sci_text"), boundary)
    per = say("sustainability.per_request")
    number = Number(
        say("ledger.sci"), view.scopes.sci, "(used.carbon_g + stated device) / requests", per
    )
    return Part("sust-sci", say("sustainability.sci"), texts, (number,))


def _join(view: LedgerView, say: Language) -> Part:
    command = view.command("report", "--format focus", "--out ai-usage.csv")
    return Part("ledger-focus", say("ledger.focus"), (say("ledger.focus_text"),), command=command)
