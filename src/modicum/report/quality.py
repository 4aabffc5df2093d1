"""Data quality: what figures rest on, and how old their factors are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from modicum.report.unknown import every_figure

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument, FigureDocument
    from modicum.figures import Figure

    Figures = Iterable[Figure | FigureDocument]

SCORES = {"measured": 1, "reported": 2, "modelled": 3, "assumed": 4, "unknown": 5}
"""Own rule on a scale from 1 (best) to 5, as PCAF's data quality score runs (PCAF, 2022)."""

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def figures_of(decision: DecisionDocument) -> list[FigureDocument]:
    """Every figure of a decision."""
    return [figure for _, _, figure in every_figure(decision)]


def bases(figures: Figures) -> Counter[str]:
    """How many figures rest on each basis; those without a value count as unknown."""
    return Counter("unknown" if f.value is None else f.basis for f in figures)


def score(figures: Figures) -> float | None:
    """The mean of SCORES over the figures; None where there are none."""
    counted = bases(figures)
    whole = counted.total()
    return sum(SCORES[name] * n for name, n in counted.items()) / whole if whole else None


def vintages(figures: Figures) -> list[tuple[str, int | None]]:
    """Every source of a known figure with the newest year it names; None where it names none."""
    named = dict.fromkeys(
        source
        for figure in figures
        if figure.value is not None
        for source in figure.source.split("; ")
        if source
    )
    return [(source, max(map(int, _YEAR.findall(source)), default=None)) for source in named]
