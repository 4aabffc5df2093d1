"""Readers' page: one HTML file for one reader, or for several with a switch without script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from modicum.report import sections
from modicum.report.confusion import the_confusions
from modicum.report.curves import the_curves
from modicum.report.explain import Explained
from modicum.report.markup import Html, clean, el, escape, join, short
from modicum.report.page import document
from modicum.report.parts_table import parts_table
from modicum.report.reading_html import reading_html
from modicum.report.summary import hero, key_numbers
from modicum.report.switch import notes_section, switch

if TYPE_CHECKING:
    from modicum.report.beside import Beside
    from modicum.report.reading import Reading
    from modicum.report.view import View


def render_readers(
    view: View, readings: list[Reading], beside: Beside, evidence: Mapping[str, str]
) -> str:
    """The page for those readers."""
    with_engineer = any(reading.reader == "engineer" for reading in readings)
    top = hero(view) if with_engineer else _plain_hero(view)
    parts = [top]
    if len(readings) > 1:
        parts.append(switch(readings, view.notes.say))
    for reading in readings:
        told = _told(view, reading, beside, evidence)
        explained = Explained(view.notes.say).page(join(told))
        parts.append(el("div", explained, id=f"reader-{reading.reader}", class_="reader"))
    title = f"{short(view.decision.task.name)}: {short(view.decision.recommended)}"
    return document(title, parts, notes_section(view.notes, parts), say=view.notes.say)


def _told(view: View, reading: Reading, beside: Beside, evidence: Mapping[str, str]) -> list[Html]:
    if reading.reader == "engineer":
        return engineer_parts(view, beside, evidence)
    return [el("h2", reading.title, class_="told-title"), *reading_html(view, reading)]


def engineer_parts(view: View, beside: Beside, evidence: Mapping[str, str]) -> list[Html]:
    """Everything below the verdict that the engineer reads."""
    return [
        key_numbers(view),
        sections.the_picture(view),
        sections.the_table(view),
        sections.the_slices(view, beside.accepted),
        parts_table(view),
        the_confusions(beside.confusions),
        the_curves(beside.curves),
        sections.the_saving(view),
        sections.the_search(view),
        sections.the_method(view),
        sections.the_unknown(view),
        sections.the_record(view, evidence),
    ]


def _plain_hero(view: View) -> Html:
    """The headline in the page's language."""
    say, decision = view.notes.say, view.decision
    new, old = short(decision.recommended, 40), short(decision.reference, 40)
    key = "business.keep" if view.kept else "business.use"
    before, _, after = say(key, new="\0", old="\1").partition("\0" if not view.kept else "\1")
    name = old if view.kept else new
    line = escape(before) + el("em", name) + escape(after.replace("\1", old))
    date, task = clean(decision.created_at)[:10], short(decision.task.name)
    facts = el("p", say("page.decided", date=date, task=task), class_="facts")
    return el("header", el("h1", line), facts, class_="hero")
