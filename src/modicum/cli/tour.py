"""`modicum tour`: a decision explained in five minutes, with its own numbers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from modicum.report.language import Language
    from modicum.report.reading import Reading
    from modicum.report.view import View


def tour(
    folder: Annotated[Path, typer.Argument(help="What `modicum size` wrote.")] = Path(),
    lang: Annotated[str, typer.Option("--lang", help="en or de.")] = "en",
    html: Annotated[bool, typer.Option("--html", help="Write DIR/tour-LANG.html instead.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write the page.")] = None,
) -> None:
    """Explain a decision in five minutes, with its own numbers: what was asked and promised.

    At a terminal Enter goes from station to station; in a pipe all of it is printed.

    Example: modicum tour modicum-runs/question-type --lang de
    """
    import shlex

    from modicum.decision.document import read_decision
    from modicum.report.language import language
    from modicum.report.tour import tour as tour_of
    from modicum.report.view import View

    say = language(lang)
    document = read_decision(folder)
    home = folder if folder.is_dir() else folder.parent
    view = View.speaking(document, say)
    reading = tour_of(view, shlex.quote(str(home)), say)
    if html or out is not None:
        target = out or home / f"tour-{lang}.html"
        _write(view, reading, target)
        typer.echo(str(target))
        return
    _show(view, reading, say)


def _write(view: View, reading: Reading, target: Path) -> None:
    from modicum.report.beside import Beside
    from modicum.report.files import write_text
    from modicum.report.readers_page import render_readers

    write_text(render_readers(view, [reading], Beside(), {}), target)


def _show(view: View, reading: Reading, say: Language) -> None:
    from rich.console import Console
    from rich.text import Text

    from modicum.report.terminal import plain
    from modicum.report.tour_terminal import stations

    console = Console(highlight=False)
    console.print(Text(plain(reading.title), "bold"), "", sep="\n")
    pausing = sys.stdin.isatty() and sys.stdout.isatty()
    last = len(reading.parts)
    for k, station in enumerate(stations(view, reading, say), start=1):
        for piece in station:
            console.print(piece, markup=False)
        if pausing and k < last and not _goes_on(console, plain(say("tour.go_on"))):
            return


def _goes_on(console: Console, question: str) -> bool:
    try:
        return console.input(question).strip() != "q"
    except EOFError:
        return False  # Ctrl-D leaves the tour like q
