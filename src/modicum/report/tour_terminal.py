"""The tour at a terminal: a station at a time, each with the words that are new in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modicum.report.explain import Explained
from modicum.report.reading_plain import shown
from modicum.report.terminal import plain

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from modicum.report.language import Language
    from modicum.report.reading import Number, Part, Reading
    from modicum.report.view import View


def stations(view: View, reading: Reading, say: Language) -> Iterator[list[RenderableType]]:
    """What to print of each station, in their order."""
    explained = Explained(say)
    for k, part in enumerate(reading.parts, start=1):
        yield list(_station(view, part, say, explained, f"{k}/{len(reading.parts)}"))


def _station(
    view: View, part: Part, say: Language, explained: Explained, number: str
) -> Iterator[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    yield Text.assemble((f"{number}  ", "dim"), (plain(part.title), "bold"))
    for text in part.texts:
        yield Padding(Text(plain(text)), (0, 0, 0, 5), expand=False)
    if part.numbers:
        yield Padding(_numbers(view, part.numbers, say), (1, 0, 0, 5), expand=False)
    for item in part.items:
        yield Padding(_item(plain(item)), (0, 0, 0, 5), expand=False)
    words = explained.new_in("\n".join((*part.texts, *(n.label for n in part.numbers))))
    if words:
        yield Padding(_words(words, say), (1, 0, 0, 5), expand=False)
    yield ""


def _item(text: str) -> Table:
    from rich.table import Table

    grid = Table.grid(padding=(0, 1))
    grid.add_row("-", text)
    return grid


def _numbers(view: View, numbers: tuple[Number, ...], say: Language) -> Table:
    """Label, value, and its interval beside it."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(ratio=1)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(no_wrap=True, style="dim")
    for number in numbers:
        value, ends = shown(view, number, say)
        grid.add_row(Text(plain(number.label)), Text(plain(value), "bold"), Text(plain(ends)))
    return grid


def _words(names: list[str], say: Language) -> Table:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    for name in names:
        heading, meaning = say.names[name][0], say.terms[name]
        grid.add_row(Text.assemble((plain(heading), "italic"), ("  " + plain(meaning), "dim")))
    return grid
