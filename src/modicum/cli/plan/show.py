"""Plans at the terminal: figures in readable units, notes, warnings, one equivalent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from modicum.errors import ModicumError, PlanError

if TYPE_CHECKING:
    from rich.table import Table

    from modicum.figures import Figure

Row = tuple[str, "Figure"]

_READABLE = 10.0
"""A unit is taken where it makes at least this many: 1,287 MWh rather than 1.29 GWh."""

_SCALES = {
    "J": ("TWh", "GWh", "MWh", "kWh", "Wh"),
    "gCO2e": ("tCO2e", "kgCO2e", "gCO2e"),
    "L": ("m3", "L", "mL"),
}


@contextmanager
def one_sentence() -> Iterator[None]:
    """Errors of the program as one sentence on stderr, with their exit code."""
    try:
        yield
    except ModicumError as error:
        typer.echo(f"modicum: {error}", err=True)
        raise typer.Exit(error.exit_code) from None


def writable(path: Path | None) -> Path | None:
    """A path that can be written to, asked before anything is computed."""
    if path is not None and (path.is_dir() or not path.parent.is_dir()):
        raise PlanError(f"{path} cannot be written: give a file in a folder that exists")
    return path


def print_json(plain: object) -> None:
    """Plain data as indented JSON."""
    typer.echo(json.dumps(plain, ensure_ascii=False, indent=2))


def figure_table(
    title: str,
    rows: Sequence[Row],
    notes: Iterable[str] = (),
    warnings: Iterable[str] = (),
) -> None:
    """One table of figures with its notes, readable at 80 columns."""
    table = _titled(title)
    for name, right in (("", False), ("value", True), ("90% interval", True), ("basis", False)):
        table.add_column(name, justify="right" if right else "left")
    for name, figure in rows:
        value, interval = told(figure)
        table.add_row(name, value, interval, figure.basis if figure.known else "")
    _print(table)
    unknown = [f"{name}: unknown, {f.reason}" for name, f in rows if not f.known]
    hints([*unknown, *notes], warnings)


def plain_table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table of words; its first column to the left, the others to the right."""
    table = _titled(title)
    for n, head in enumerate(heads):
        table.add_column(head, justify="right" if n else "left")
    for row in rows:
        table.add_row(*row)
    _print(table)


def hints(notes: Iterable[str] = (), warnings: Iterable[str] = ()) -> None:
    """Notes, then warnings, wrapped under their own indent."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console()
    for note in notes:
        console.print(Padding(Text(note), (0, 0, 0, 2)))
    for warning in warnings:
        console.print(Padding(Text(f"warning: {warning}", style="bold yellow"), (0, 0, 0, 2)))


def like_line(energy: Figure, carbon: Figure, name: str | None) -> None:
    """One everyday equivalent of energy or carbon, with its source; none if switched off."""
    from modicum.carbon import equivalent
    from modicum.carbon.equivalents import measures_carbon

    figure = carbon if name is not None and measures_carbon(name) else energy
    if name != "none" and figure.known:
        like = equivalent(figure, name)
        hints([f"like {like} [{like.source}]"])


def checked_like(name: str | None) -> str | None:
    """The equivalent's name, refused before anything is computed or printed."""
    from modicum.carbon.equivalents import find_equivalent

    return name if name in (None, "none") else find_equivalent(name)


def told(figure: Figure) -> tuple[str, str]:
    """Value and interval of a figure in the unit that reads best."""
    if figure.value is None or figure.low is None or figure.high is None:
        return "unknown", ""
    shown = _scaled(figure)
    unit = "" if shown.unit == "1" else f" {shown.unit}"
    low, high = shown.low or 0.0, shown.high or 0.0
    least = f"{low / 1e6:.3g}" if high >= 1e7 > low >= 1000 else three(low)
    interval = f"{least} to {three(high)}"
    return f"{three(shown.value or 0.0)}{unit}", interval


def three(value: float) -> str:
    """Three digits, with commas from a thousand on, in millions above them."""
    if abs(value) >= 1e7:
        return f"{value / 1e6:.3g} million"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value == 0 or abs(value) >= 1e-3 else f"{value:.2g}"


def _scaled(figure: Figure) -> Figure:
    from modicum.errors import FigureError

    for base, names in _SCALES.items():
        try:
            figure.to(base)
        except FigureError:
            continue
        for name in names:
            shown = figure.to(name)
            if abs(shown.value or 0.0) >= _READABLE:
                return shown
        return max((figure.to(n) for n in names), key=_digits)
    return figure


def _digits(figure: Figure) -> tuple[bool, float]:
    """Units of at least one first, and of those the largest; else the one with the most."""
    value = abs(figure.value or 0.0)
    return (value >= 1, -value if value >= 1 else value)


def _titled(title: str) -> Table:
    from rich.table import Table
    from rich.text import Text

    return Table(title=Text(title), title_justify="left")


def _print(table: Table) -> None:
    from rich.console import Console

    Console(soft_wrap=False).print(table)
