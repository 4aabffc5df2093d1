"""A ledger told to each of those who decide together, in the form they read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from modicum.report.explain import Explained
from modicum.report.ledger_business import business
from modicum.report.ledger_engineer import engineer
from modicum.report.ledger_sustainability import sustainability
from modicum.report.markup import Html, el, join
from modicum.report.page import document
from modicum.report.reading_html import reading_html
from modicum.report.reading_plain import reading_data, reading_markdown, readings_csv
from modicum.report.switch import notes_section, switch

if TYPE_CHECKING:
    from modicum.report.ledger_view import LedgerView
    from modicum.report.readers import Format
    from modicum.report.reading import Reader, Reading

_BUILD = {"engineer": engineer, "business": business, "sustainability": sustainability}


def ledger_readings(view: LedgerView, readers: tuple[Reader, ...]) -> list[Reading]:
    """What each reader is told."""
    return [_BUILD[reader](view, view.notes.say) for reader in readers]


def render_ledger_view(view: LedgerView, readers: tuple[Reader, ...], form: Format) -> str:
    """The report in that form; every number comes from the same rollups."""
    readings = ledger_readings(view, readers)
    if form == "html":
        return _page(view, readings)
    if form == "csv":
        return readings_csv(readings)
    if form == "json":
        told = [reading_data(reading) for reading in readings]
        plain = {"since": view.since, "until": view.until, "readers": told}
        return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"
    say = view.notes.say
    return "\n".join(reading_markdown(view, reading, say) for reading in readings)


def _page(view: LedgerView, readings: list[Reading]) -> str:
    say = view.notes.say
    parts = [_hero(view)]
    if len(readings) > 1:
        parts.append(switch(readings, say))
    for reading in readings:
        told = [el("h2", reading.title, class_="told-title"), *reading_html(view, reading)]
        explained = Explained(say).page(join(told))
        parts.append(el("div", explained, id=f"reader-{reading.reader}", class_="reader"))
    return document(say("ledger.page_title"), parts, notes_section(view.notes, parts), say=say)


def _hero(view: LedgerView) -> Html:
    say = view.notes.say
    requests = say.number(f"{view.period.requests:,}")
    line = say("ledger.headline", requests=requests, tasks=say.number(f"{len(view.tasks):,}"))
    facts = say("ledger.facts", since=view.since, until=view.until)
    return el("header", el("h1", line), el("p", facts, class_="facts"), class_="hero")
