"""Reading as Markdown, csv and plain data: the same numbers, and what stands behind each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from modicum.decision.document import IntervalDocument
from modicum.report.markdown import safe
from modicum.report.notes import minus
from modicum.report.numbers import show

if TYPE_CHECKING:
    from modicum.report.language import Language
    from modicum.report.reading import Grid, Number, Part, Reading, Telling

COLUMNS = (
    "reader",
    "part",
    "label",
    "value",
    "low",
    "high",
    "unit",
    "per",
    "interval",
    "basis",
    "source",
    "boundary",
    "reason",
    "place",
)


def facts(number: Number) -> dict[str, Any]:
    """A number as plain data; `value` is null, with its `reason`, where it is unknown."""
    plain: dict[str, Any] = {"label": number.label, "per": number.per, "place": number.place}
    found = number.value
    if isinstance(found, IntervalDocument):
        level = f"{found.confidence * 100:.4g}% by {found.method}"
        ends = {"value": found.value, "low": found.low, "high": found.high}
        where = {"source": "judge split", "boundary": "judge examples", "reason": None}
        return plain | ends | where | {"unit": "1", "interval": level, "basis": "measured"}
    names = ("value", "low", "high", "unit", "basis", "source", "boundary", "reason")
    return plain | {name: getattr(found, name) for name in names} | {"interval": "90%"}


def reading_data(reading: Reading) -> dict[str, Any]:
    """A reading as plain data."""
    return {
        "reader": reading.reader,
        "title": reading.title,
        "parts": [_part_data(part) for part in reading.parts],
    }


def _part_data(part: Part) -> dict[str, Any]:
    grid = part.grid
    rows = [dict(zip(grid.head, row, strict=True)) for row in grid.rows] if grid else []
    return {
        "part": part.key,
        "title": part.title,
        "texts": [*part.texts, *part.items, *([part.command] if part.command else [])],
        "numbers": [facts(number) for number in part.numbers],
        "rows": rows,
    }


def readings_csv(readings: Iterable[Reading]) -> str:
    """Every number of the readings, one a line; empty where unknown, never 0."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for reading in readings:
        for part, number in reading.numbers:
            row = {"reader": reading.reader, "part": part} | facts(number)
            writer.writerow({k: _cell(row[k]) for k in COLUMNS})
    return out.getvalue()


def _cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(value, float):
        return repr(value)
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def reading_markdown(view: Telling, reading: Reading, say: Language, *, title: bool = True) -> str:
    """A reading as Markdown; what stands behind its numbers is listed once, at the end."""
    blocks = [f"# {safe(reading.title, 200)}"] if title else []
    notes: dict[tuple[str, ...], int] = {}
    for part in reading.parts:
        blocks += [f"## {safe(part.title, 200)}", *(safe(text, 900) for text in part.texts)]
        if part.numbers:
            blocks.append(_table(view, part.numbers, say, notes))
        if part.grid:
            blocks.append(_grid(part.grid))
        blocks += [f"- {safe(item, 600)}" for item in part.items]
        if part.command:
            blocks.append(f"```sh\n{part.command}\n```")
    if notes:
        lines = [f"{n}. {'; '.join(note)}" for note, n in notes.items()]
        blocks += [f"## {say('page.notes')}", "\n".join(lines)]
    return "\n\n".join(blocks) + "\n"


def _table(
    view: Telling, numbers: Iterable[Number], say: Language, notes: dict[tuple[str, ...], int]
) -> str:
    """Numbers as a table; each leads to its note."""
    head = ("", "", *(say(f"notes.{k}") for k in ("interval", "place", "note_short")))
    lines = [_row(head), _row(("---",) * len(head))]
    for number in numbers:
        value, ends = shown(view, number, say)
        note = notes.setdefault(_note(number, say), len(notes) + 1)
        cells = (number.label, value, ends, number.place)
        lines.append(_row((*(safe(cell, 300) for cell in cells), str(note))))
    return "\n".join(lines)


def _note(number: Number, say: Language) -> tuple[str, ...]:
    """Basis, source, boundary and the kind of interval; the reason where it is unknown."""
    known = facts(number)
    names: tuple[str, ...] = ("basis", "source", "boundary", "interval")
    if known["value"] is None:
        known["unknown"], names = known["reason"] or "not given", ("unknown", "boundary")
    return tuple(f"{say(f'notes.{n}')}: {safe(known[n], 600)}" for n in names if known[n])


def shown(view: Telling, number: Number, say: Language) -> tuple[str, str]:
    """The value and the ends of its interval, as the page shows them."""
    measure, found = view.measure, number.value
    if not isinstance(found, IntervalDocument):
        figure = show(found, unit=number.per)
        if figure is None:
            return say("notes.unknown_value"), ""
        ends = minus(say.number(figure.interval)) or say("notes.exact")
        return minus(say.number(f"{figure.value} {figure.unit}".strip())), ends
    if number.is_level:
        ends = measure.level_interval(found)
        return say.number(measure.level(found.value)), say.number(ends)
    return say.number(measure.worse(found.value)), minus(say.number(measure.gap_interval(found)))


def _grid(grid: Grid) -> str:
    lines = [_row(tuple(map(safe, grid.head))), _row(("---",) * len(grid.head))]
    lines += [_row(tuple(safe(cell, 300) for cell in row)) for row in grid.rows]
    return "\n".join(lines)


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
