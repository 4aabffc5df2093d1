"""Data quality: what the figures of a decision rest on, and how old their factors are."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from modicum.report.unknown import every_figure

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument

SCORES = {"measured": 1, "reported": 2, "modelled": 3, "assumed": 4, "unknown": 5}
"""Own rule on a scale from 1 (best) to 5, as PCAF's data quality score runs (PCAF, 2022)."""

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def bases(decision: DecisionDocument) -> Counter[str]:
    """How many figures rest on each basis; those without a value count as unknown."""
    return Counter(
        "unknown" if figure.value is None else figure.basis
        for _, _, figure in every_figure(decision)
    )


def score(decision: DecisionDocument) -> float:
    """The mean of SCORES over every figure of the decision."""
    counted = bases(decision)
    return sum(SCORES[name] * n for name, n in counted.items()) / counted.total()


def vintages(decision: DecisionDocument) -> list[tuple[str, int | None]]:
    """Every source of a known figure with the newest year it names; None where it names none."""
    named = dict.fromkeys(
        source
        for _, _, figure in every_figure(decision)
        if figure.value is not None
        for source in figure.source.split("; ")
        if source
    )
    return [(source, max(map(int, _YEAR.findall(source)), default=None)) for source in named]
