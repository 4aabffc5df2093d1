"""Figures of a decision as benchmarks show them, and what a decision fails to say."""

from __future__ import annotations

from modicum.decision.document import CandidateDocument, DecisionDocument, FigureDocument


def joules(figure: FigureDocument) -> str:
    """Energy of a request with interval and basis; why, where it is not known."""
    if figure.value is None or figure.low is None or figure.high is None:
        return f"J unknown: {figure.reason}"
    return f"{figure.value:.3g} J ({figure.low:.2g}-{figure.high:.2g}, {figure.basis})"


def has_interval(figure: FigureDocument) -> bool:
    """Whether a figure is known, above nothing, and says how well."""
    if figure.value is None or figure.low is None or figure.high is None:
        return False
    return 0 <= figure.low < figure.high and figure.low <= figure.value <= figure.high


def what_is_missing(document: DecisionDocument, one: CandidateDocument) -> list[str]:
    """What a decision should say of a candidate and does not, in words."""
    found = []
    if one.loss is None or not one.loss.low <= one.loss.value <= one.loss.high:
        found.append("quality")
    if one.footprint is None or not has_interval(one.footprint.energy_j):
        found.append("energy")
    if one.footprint is None or not has_interval(one.footprint.cost):
        found.append("money")
    promised = one.name == document.reference or one.adequate is True
    if not promised or not 0.5 < document.confidence < 1 or document.margin <= 0:
        found.append("the promise")
    return found
