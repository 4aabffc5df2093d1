"""What a report on a ledger is drawn from, and its forms."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from modicum.cli.report_asked import EPOCH, Asked, span
from modicum.cli.report_scopes import scopes
from modicum.errors import LedgerError

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument
    from modicum.ledger import Ledger
    from modicum.ledger.period import Period
    from modicum.opportunities import Seen, Told
    from modicum.report.ledger_view import Hint, LedgerView, TaskTold
    from modicum.report.readers import Format
    from modicum.report.reading import Reader


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
        str(EPOCH + timedelta(days=first)),
        str(EPOCH + timedelta(days=last)),
        tasks,
        scopes(period, asked),
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


def _hint(told: Told) -> Hint:
    from modicum.report.ledger_view import Hint

    return Hint(told.subject, told.todo, told.saving.figures, told.effort, told.step)
