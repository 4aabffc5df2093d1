"""The ledger for who pays: what was spent and saved, what else could be, and what is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.ledger.used import QUANTITIES
from modicum.report.ledger_engineer import name_of
from modicum.report.markup import short
from modicum.report.reading import Number, Part, Reading

if TYPE_CHECKING:
    from modicum.report.language import Language
    from modicum.report.ledger_view import LedgerView

_MOST = 12
_MOST_HINTS = 8


def business(view: LedgerView, say: Language) -> Reading:
    """Everything, in the order in which it is asked."""
    parts = (_short(view, say), _tasks(view, say), _more(view, say),
             _not_looked(view, say), _risk(view, say),
             _ask(view, say))  # fmt: skip
    return Reading("business", say("ledger.business_title"), parts)


def _short(view: LedgerView, say: Language) -> Part:
    text = say(
        "ledger.short_text",
        requests=say.number(f"{view.period.requests:,}"),
        since=view.since,
        until=view.until,
    )
    texts = [text]
    undecided = len(view.tasks) - len(view.compared)
    if view.compared:
        texts.append(say("ledger.short_saved"))
    if undecided:
        texts.append(say("ledger.short_undecided", count=say.number(f"{undecided:,}")))
    numbers = [Number(say("ledger.cost_all"), view.used["cost"], "used.cost")]
    if view.compared:
        numbers.append(Number(say("ledger.cost_saved"), view.saved("cost"), "saved.cost"))
    return Part("ledger-short", say("business.short"), tuple(texts), tuple(numbers))


def _tasks(view: LedgerView, say: Language) -> Part:
    numbers = tuple(
        Number(name_of(task, say), task.traffic.used["cost"], f"{task.place}.used.cost")
        for task in view.tasks[:_MOST]
    )
    texts = [say("ledger.by_task_text")]
    left = len(view.tasks) - _MOST
    if left > 0:
        texts.append(say("ledger.by_task_more", count=say.number(f"{left:,}")))
    return Part("ledger-by-task", say("ledger.by_task"), tuple(texts), numbers)


def _more(view: LedgerView, say: Language) -> Part:
    """What else could be saved: money where it is known, else what is known of energy."""
    numbers = []
    per = say("ledger.a_month") if view.hints_monthly else ""
    for number, hint in enumerate(view.hints[:_MOST_HINTS]):
        label = f"{short(hint.subject, 60)}: {short(hint.todo, 200)}"
        which = 2 if hint.saving[2].known or not hint.saving[0].known else 0
        place = f"opportunities[{number}].saving.{QUANTITIES[which]}"
        numbers.append(Number(label, hint.saving[which], place, per))
    texts = [say("ledger.more_text" if numbers else "ledger.more_none")]
    command = view.command("opportunities", "--by money")
    return Part(
        "ledger-more", say("ledger.more"), tuple(texts), tuple(numbers),
        command=command,
    )  # fmt: skip


def _not_looked(view: LedgerView, say: Language) -> Part:
    """What a finder lacks."""
    items = tuple(short(text, 400) for text in view.not_looked)
    text = say("ledger.not_looked" if items else "ledger.all_looked")
    return Part("ledger-not-looked", say("ledger.blind"), (text,), items=items)


def _risk(view: LedgerView, say: Language) -> Part:
    alarmed = [name_of(t, say) for t in view.tasks if t.alarms]
    unchecked = [name_of(t, say) for t in view.tasks if t.small and not t.audits]
    texts = []
    if alarmed:
        texts.append(say("ledger.risk_alarm", names=", ".join(alarmed[:6])))
    if unchecked:
        texts.append(say("ledger.risk_unchecked", names=", ".join(unchecked[:6])))
    if not texts:
        texts.append(say("ledger.risk_none"))
    return Part("ledger-risk", say("business.risk"), tuple(texts))


def _ask(view: LedgerView, say: Language) -> Part:
    best = next((hint for hint in view.hints if any(f.known for f in hint.saving)), None)
    if best is None:
        return Part("ledger-ask", say("business.ask"), (say("ledger.ask_none"),))
    text = say("ledger.ask_text", subject=short(best.subject, 60), effort=best.effort)
    return Part("ledger-ask", say("business.ask"), (text,), command=best.step)
