"""Which answers stood for which, as a part of the engineer's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.report.markup import Html, el, join, short
from modicum.report.sections import section

if TYPE_CHECKING:
    from modicum.report.beside import Confusion

MOST_PAIRS = 12
CONFUSION = ("Right answer", "Given", "Times")


def the_confusions(confusions: tuple[Confusion, ...]) -> Html:
    """Which answers stood for which, where the evidence kept the answers."""
    if not confusions:
        return Html("")
    tables = [_table(one) for one in confusions]
    say = el("p", "On the judge examples: the most frequent wrong answers.")
    return section("confusion", "What is taken for what", say, join(tables))


def _table(found: Confusion) -> Html:
    caption = f"{short(found.candidate, 40)}, {found.examples:,} examples"
    head = [el("th", title, scope="col") for title in CONFUSION]
    rows = [
        el(
            "tr",
            el("td", short(want, 40)),
            el("td", short(got, 40)),
            el("td", f"{n:,}", class_="n"),
        )
        for want, got, n in found.pairs[:MOST_PAIRS]
    ]
    body = el("thead", el("tr", *head)) + el("tbody", *rows)
    table = el("table", el("caption", caption), Html(body), class_="confusion")
    scroll = el("div", table, class_="scroll", tabindex="0", role="region", aria_label=caption)
    return el("h3", caption) + scroll
