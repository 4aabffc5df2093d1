"""How good the data is, as parts of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.report.markup import short
from modicum.report.quality import SCORES, bases, score, vintages
from modicum.report.reading import Grid, Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modicum.decision.document import FigureDocument
    from modicum.figures import Figure
    from modicum.report.language import Language

    Figures = Sequence[Figure | FigureDocument]


def data_part(figures: Figures, rule: str, say: Language) -> Part:
    """Shares measured, reported, modelled, assumed and unknown, and the score they make."""
    counted, whole, mean = bases(figures), len(figures), score(figures)
    head = tuple(say(f"sustainability.{key}") for key in ("basis", "figures", "share"))
    rows = tuple(
        (
            say(f"sustainability.basis_{name}"),
            f"{counted[name]:,}",
            say.number(f"{counted[name] / whole * 100 if whole else 0:.0f}%"),
        )
        for name in SCORES
    )
    told = "–" if mean is None else say.number(f"{mean:.1f}")
    text = say(f"sustainability.{rule}", score=told)
    return Part("sust-data", say("sustainability.data"), (text,), grid=Grid(head, rows))


def vintages_part(figures: Figures, say: Language) -> Part:
    """The years that the sources name."""
    rows = tuple(
        (short(source, 200), str(year) if year else say("sustainability.no_year"))
        for source, year in vintages(figures)
    )
    head = (say("sustainability.source"), say("sustainability.vintage"))
    text, title = say("sustainability.vintages_text"), say("sustainability.vintages")
    return Part("sust-vintages", title, (text,), grid=Grid(head, rows))
