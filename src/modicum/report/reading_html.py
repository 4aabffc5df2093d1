"""Reading as HTML: headings, sentences, figures that lead to their notes, small tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modicum.decision.document import IntervalDocument
from modicum.report.markup import Html, el, join, short
from modicum.report.summary import lines

if TYPE_CHECKING:
    from modicum.report.reading import Grid, Number, Part, Reading, Telling


_COUNT = re.compile(r"[\d.,]+( ?%| ?[nµm]?s)?|–|")
"""Counts, shares and durations: they stand under each other at the right."""


def reading_html(view: Telling, reading: Reading) -> list[Html]:
    """The parts of a reading, each a section."""
    return [_part(view, part) for part in reading.parts]


def _part(view: Telling, part: Part) -> Html:
    inside = [el("h2", part.title), *(el("p", text) for text in part.texts)]
    if part.numbers:
        inside.append(lines([(n.label, _number(view, n)) for n in part.numbers]))
    if part.grid:
        inside.append(grid_html(part.title, part.grid))
    if part.items:
        inside.append(el("ul", *(el("li", item) for item in part.items)))
    if part.command:
        inside.append(el("p", el("code", part.command)))
    return el("section", *inside, id=part.key, class_="part told")


def _number(view: Telling, number: Number) -> Html:
    figure = number.value
    if isinstance(figure, IntervalDocument):
        if number.is_level:
            return view.notes.loss(figure, view.measure)
        return view.notes.difference(figure, view.measure, words=True)
    shown = view.notes.figure(figure, unit=number.per, place=number.place)
    if figure.value is None:
        return shown + el("span", short(figure.reason or "not given", 220), class_="why")
    return shown


def grid_html(title: str, grid: Grid) -> Html:
    """A small table that scrolls sideways where it must."""
    columns = zip(*grid.rows, strict=True) if grid.rows else ()
    numeric = [all(map(_COUNT.fullmatch, column)) for column in columns]
    numeric += [False] * (len(grid.head) - len(numeric))
    sides = ["n" if right else None for right in numeric]
    titles = zip(grid.head, sides, strict=True)
    head = el("thead", el("tr", *(el("th", t, scope="col", class_=side) for t, side in titles)))
    rows = [
        el("tr", *(el("td", cell, class_=side) for cell, side in zip(row, sides, strict=True)))
        for row in grid.rows
    ]
    table = el("table", el("caption", title), head, el("tbody", *rows))
    return el("div", join([table]), class_="scroll", tabindex="0", role="region", aria_label=title)
