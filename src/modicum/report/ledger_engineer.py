"""The ledger for engineers: what answered, how fast, what failed, and what each task used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.report.markup import short
from modicum.report.numbers import milliseconds
from modicum.report.reading import Grid, Number, Part, Reading

if TYPE_CHECKING:
    from modicum.report.language import Language
    from modicum.report.ledger_view import LedgerView, TaskTold

_NAMES = (("energy_j", "energy"), ("carbon_g", "carbon"), ("cost", "cost"))
_MOST = 40


def engineer(view: LedgerView, say: Language) -> Reading:
    """Traffic, quality and use, task by task."""
    parts = [_traffic(view, say), _quality(view, say), _models(view, say), _total(view, say)]
    parts += [_task(view, k, task, say) for k, task in enumerate(view.tasks[:_MOST])]
    parts.append(
        Part(
            "ledger-reproduce",
            say("ledger.again"),
            (say("ledger.again_text"),),
            command=view.command("report", "--task TASK"),
        )
    )
    return Reading("engineer", say("page.engineer"), tuple(parts))


def name_of(task: TaskTold, say: Language, most: int = 40) -> str:
    """A task's name; what was asked of a model directly has none."""
    return short(task.traffic.task, most) or say("ledger.direct")


def _traffic(view: LedgerView, say: Language) -> Part:
    keys = ("task", "requests", "small", "failed", "attempts", "p50", "p95")
    rows = tuple(
        (
            name_of(task, say),
            say.number(f"{task.traffic.requests:,}"),
            "–" if task.small is None else say.number(f"{task.small:.0%}"),
            say.number(f"{task.traffic.failed:,}"),
            _again(task, say),
            _latency(task.traffic.p50_us, say),
            _latency(task.traffic.p95_us, say),
        )
        for task in view.tasks[:_MOST]
    )
    text = say(
        "ledger.traffic_text",
        requests=say.number(f"{view.period.requests:,}"),
        since=view.since,
        until=view.until,
        refused=say.number(f"{view.period.refused:,}"),
        failed=say.number(f"{view.period.failed:,}"),
    )
    head = tuple(say(f"ledger.{key}") for key in keys)
    return Part("ledger-traffic", say("ledger.traffic"), (text,), grid=Grid(head, rows))


def _again(task: TaskTold, say: Language) -> str:
    again = task.traffic.again
    return "–" if again is None else say.number(f"{again:,}")


def _latency(us: float | None, say: Language) -> str:
    return "–" if us is None else say.number(milliseconds(us / 1000))


def _quality(view: LedgerView, say: Language) -> Part:
    keys = ("task", "recommended", "reference", "audits", "watch")
    rows = tuple(
        (
            name_of(task, say),
            "–" if task.decision is None else short(task.decision.recommended, 30),
            "–" if task.decision is None else short(task.decision.reference, 30),
            say.number(f"{task.audits:,}"),
            task.watch or say("ledger.unwatched"),
        )
        for task in view.tasks[:_MOST]
    )
    head = tuple(say(f"ledger.{key}") for key in keys)
    text = say("ledger.quality_text")
    return Part("ledger-quality", say("ledger.quality"), (text,), grid=Grid(head, rows))


def _models(view: LedgerView, say: Language) -> Part:
    rows = tuple(
        (name_of(task, say), short(share.route, 40), say.number(f"{share.requests:,}"))
        for task in view.tasks[:_MOST]
        for share in task.traffic.shares[:8]
    )
    head = tuple(say(f"ledger.{key}") for key in ("task", "route", "requests"))
    return Part("ledger-models", say("ledger.models"), (), grid=Grid(head, rows))


def _total(view: LedgerView, say: Language) -> Part:
    numbers = [
        Number(say(f"ledger.{name}_all"), view.used[key], f"used.{key}") for key, name in _NAMES
    ]
    numbers += [
        Number(say(f"ledger.{name}_saved"), view.saved(key), f"saved.{key}") for key, name in _NAMES
    ]
    return Part("ledger-total", say("ledger.total"), (), tuple(numbers))


def _task(view: LedgerView, number: int, task: TaskTold, say: Language) -> Part:
    name, traffic = name_of(task, say), task.traffic
    at = task.place
    numbers = [
        Number(say(f"ledger.{word}_used", name=name), traffic.used[key], f"{at}.used.{key}")
        for key, word in _NAMES
    ]
    if traffic.audited:
        energy = traffic.audits["energy_j"]
        numbers.append(
            Number(say("ledger.audits_used", name=name), energy, f"{at}.audits.energy_j")
        )
    if task.decision is not None:
        numbers += [
            Number(say(f"ledger.{word}_less", name=name), traffic.saved(key), f"{at}.saved.{key}")
            for key, word in _NAMES
        ]
    return Part(f"ledger-task-{number}", name, numbers=tuple(numbers))
