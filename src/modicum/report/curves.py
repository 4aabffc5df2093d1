"""Learning curves: what more data brought, of the candidates that learned on parts first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.report.markup import Html, el, short
from modicum.report.reading import Grid, Part
from modicum.report.reading_html import grid_html
from modicum.report.sections import section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modicum.report.beside import Curve

_TEXT = (
    "Mean loss on the tune split (0 is best) by the number of examples that a candidate was built "
    "on. One that was given up went no further, as it would not have paid."
)


def curves_part(curves: Sequence[Curve]) -> Part:
    """A row for each candidate, a column for each number of examples."""
    sizes = sorted({rows for curve in curves for rows, _ in curve.points})
    head = ("Candidate", *(f"{rows:,} examples" for rows in sizes), "Then")
    lines = []
    for curve in curves:
        loss = dict(curve.points)
        cells = (f"{loss[rows]:.3f}" if rows in loss else "–" for rows in sizes)
        lines.append((short(curve.candidate, 40), *cells, "given up" if curve.given_up else "kept"))
    return Part("curves", "What more data brought", (_TEXT,), grid=Grid(head, tuple(lines)))


def the_curves(curves: Sequence[Curve]) -> Html:
    """The same on the engineer's page; nothing where no candidate learned in parts."""
    if not curves:
        return Html("")
    part = curves_part(curves)
    assert part.grid is not None  # noqa: S101 (made just now)
    say = el("p", _TEXT)
    return section(part.key, part.title, say, grid_html(part.title, part.grid))
