"""Terminal: a decision as a table and a panel that read well at 80 columns and without colour."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Literal

from modicum.report.markup import clean, short
from modicum.report.numbers import milliseconds, show
from modicum.report.view import View, energy_of, factor
from modicum.report.words import STATES, headline, state

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    from modicum.decision.document import CandidateDocument, DecisionDocument, FigureDocument
    from modicum.figures import Figure

_STYLES = {"yes": "green", "no": "red", "failed": "red", "undecided": "yellow"}
_LONGEST_NAME = 22
_COLUMNS: tuple[tuple[str, int, Literal["left", "right"]], ...] = (
    ("adequate?", 12, "left"),
    ("loss vs\nreference", 14, "right"),
    ("energy per\nrequest", 13, "right"),
    ("latency", 10, "right"),
)
"""Heads and widths: with the name and the gaps, 80 columns."""


def decision_table(decision: DecisionDocument) -> Table:
    """Every candidate in two lines: the values, and under them their intervals."""
    from rich import box
    from rich.table import Table

    view = View(decision)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("candidate", no_wrap=True, overflow="ellipsis", max_width=_LONGEST_NAME)
    for head, width, side in _COLUMNS:
        table.add_column(head, justify=side, no_wrap=True, min_width=width)
    for row in view.rows:
        table.add_row(
            _name(view, row), _state(row), _difference(view, row), _energy(row), _latency(row)
        )
    return table


def _two(value: str, below: str, style: str = "") -> Text:
    """A value, and what belongs under it, dimmed."""
    from rich.text import Text

    return Text.assemble((plain(value), style), "\n", (plain(below), "dim"))


def plain(text: str) -> str:
    """Text for any terminal: no control characters, and only what most encodings hold.

    >>> plain("a\\x1b[2Jb 16 g CO₂e")
    'a [2Jb 16 g CO2e'
    """
    return clean(text).replace("₂", "2").replace("−", "-")


def _name(view: View, row: CandidateDocument) -> Text:
    decision = view.decision
    marks = [(decision.recommended, "recommended"), (decision.reference, "reference")]
    words = [word for name, word in marks if name == row.name]
    style = "bold green" if "recommended" in words else "bold" if words else ""
    recipe = short(row.recipe, _LONGEST_NAME) if row.recipe != row.name else ""
    below = "reference, kept" if len(words) == 2 else "".join(words) or recipe
    shown = short(row.name, _LONGEST_NAME)
    if any(short(r.name, _LONGEST_NAME) == shown for r in view.rows if r is not row):
        return _whole(row.name, below, style)  # wordings of one model, for instance
    return _two(shown, below, style)


def _whole(name: str, below: str, style: str) -> Text:
    """A name over as many lines as it needs, three at most."""
    from rich.text import Text

    lines = wrap(plain(name), _LONGEST_NAME)[:3]
    return Text.assemble(("\n".join(lines), style), "\n", (plain(below), "dim"))


def _state(row: CandidateDocument) -> Text:
    key = state(row)
    below = f"n = {row.judged_examples:,}" if row.status == "judged" else ""
    return _two(STATES[key], below, _STYLES.get(key, ""))


def _difference(view: View, row: CandidateDocument) -> Text:
    if row.name == view.decision.reference and row.loss:
        level = view.measure.level
        ends = f"{level(row.loss.low)} to {level(row.loss.high)}"
        return _two(f"loss {level(row.loss.value)}", ends)
    if row.difference is None:
        return _two("not judged", "")
    value = view.measure.gap(row.difference.value)
    unit = " points" if view.measure.percent else ""
    return _two(f"{value}{unit}", view.measure.gap_interval(row.difference))


def _energy(row: CandidateDocument) -> Text:
    energy = energy_of(row)
    shown = show(energy) if energy else None
    if shown is None:
        return _two("unknown" if energy else "not measured", "")
    return _two(f"{shown.value} {shown.unit}", shown.interval or "exact")


def _latency(row: CandidateDocument) -> Text:
    found = row.latency_ms
    if found is None or found.p50 is None or found.p95 is None:
        return _two("unknown", "")
    return _two(milliseconds(found.p50), f"p95 {milliseconds(found.p95)}")


def verdict_panel(decision: DecisionDocument) -> Panel:
    """The verdict, the three numbers, and what would decide the undecided."""
    from rich import box
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    view = View(decision)
    numbers = Table.grid(padding=(0, 2))
    numbers.add_column(no_wrap=True, style="dim")
    numbers.add_column(overflow="fold")
    for name, value in _lines(view):
        numbers.add_row(name, plain(value))
    verdict = Text(plain(short(decision.verdict, 600)))
    layout = Table.grid()
    parts: list[RenderableType] = [verdict, Text(""), numbers, *_missing(decision)]
    for part in parts:
        layout.add_row(part)
    return Panel(
        layout,
        title=Text(plain(_headline(view)), style="bold"),
        title_align="left",
        box=box.ROUNDED,
        padding=(1, 2),
        border_style="green" if not view.kept else "yellow",
        width=80,
    )


def _headline(view: View) -> str:
    text = headline(view.decision)
    if len(text) <= 70:
        return text
    best = short(view.decision.recommended, 26)
    return (
        f"Keep {best}"
        if view.kept
        else (f"Use {best} instead of {short(view.decision.reference, 26)}")
    )


def _missing(decision: DecisionDocument) -> list[Text]:
    from rich.text import Text

    items = [Text(plain(f"- {short(text, 300)}")) for text in decision.missing[:5]]
    if not items:
        return []
    hint = Text(
        "  modicum power TASK.toml --unlabelled FILE says which to label first", style="dim"
    )
    return [Text("\nWhat would decide more:", style="bold"), *items, hint]


def _lines(view: View) -> list[tuple[str, str]]:
    """Names and values of the panel."""
    best, measure = view.recommended, view.measure
    rows = _energy_lines(view)
    margin = f"margin {measure.gap(view.decision.margin, sign=False)}"
    if best.difference is not None and not view.kept:
        gap = measure.gap_interval(best.difference)
        rows.append(("quality", f"{measure.worse(best.difference.value)} ({gap}; {margin})"))
    elif best.loss is not None:
        rows.append(
            ("loss", f"{measure.level(best.loss.value)} ({measure.level_interval(best.loss)})")
        )
    saving = view.decision.saving_per_month
    if saving is not None and not view.kept:
        rows.append(("a month", f"saves {figure_line(saving.energy)}"))
        rows += [("", figure_line(figure)) for figure in (saving.carbon, saving.cost)]
    rows.append(("search", figure_line(view.decision.search.energy_j)))
    after = view.decision.break_even_requests
    if after.value is not None:
        rows.append(("", f"paid back after {figure_line(after)}"))
    return rows


def _energy_lines(view: View) -> list[tuple[str, str]]:
    best, reference = energy_of(view.recommended), energy_of(view.reference)
    if best is None or reference is None:
        return [("energy", "not measured")]
    rows = [("energy", f"{figure_line(best)} per request")]
    if view.kept:
        return rows
    rows.append(("", f"the reference: {figure_line(reference)}"))
    times, words = factor(view)
    if times.value is not None:
        rows.append(("", figure_line(times, words)))
    return rows


def figure_line(figure: FigureDocument | Figure, unit: str = "") -> str:
    """A figure in one line, or why it is unknown."""
    shown = show(figure, unit=unit)
    if shown is None:
        return f"unknown in {figure.unit}: {short(figure.reason or 'not given', 120)}"
    return str(shown)
