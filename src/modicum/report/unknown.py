"""What is not known: unknown figures with their reasons, the undecided, weak bases, notes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modicum.report.markup import short
from modicum.report.view import View

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument, FigureDocument

_LONGEST = 500
_MANY = 6
_PER_REQUEST = (
    ("energy_j", "energy"),
    ("carbon_g", "carbon"),
    ("water_l", "water"),
    ("cost", "cost"),
)


def every_figure(decision: DecisionDocument) -> Iterator[tuple[str, str, FigureDocument]]:
    """What it is, of whom, and the figure."""
    for row in decision.candidates:
        for key, name in _PER_REQUEST if row.footprint else ():
            yield f"{name} per request", row.name, getattr(row.footprint, key)
        if row.fitting:
            yield "energy to build", row.name, row.fitting.energy_j
    for key, name in _PER_REQUEST:
        yield f"{name} of the search", "the search", getattr(decision.search, key)
    saving = decision.saving_per_month
    for key in ("energy", "carbon", "water", "cost") if saving else ():
        yield f"{key} saved per month", "the recommended candidate", getattr(saving, key)
    yield "break-even", "the search", decision.break_even_requests


def unknown_items(view: View) -> list[tuple[str, list[str]]]:
    """Titles with their items; a title without items is left out."""
    decision = view.decision
    found = [
        ("Unknown figures", unknown_figures(decision)),
        ("Undecided candidates", undecided(view)),
        ("What would have decided them", [short(text, _LONGEST) for text in decision.missing]),
        ("Failed, or not judged", failures(view)),
        ("Modelled or assumed, not measured", weak_bases(decision)),
        ("Notes", remarks(decision)),
    ]
    return [(title, items) for title, items in found if items]


def unknown_figures(decision: DecisionDocument) -> list[str]:
    """One line for each figure and reason, with whom it concerns."""
    groups: dict[tuple[str, str], list[str]] = {}
    for what, who, figure in every_figure(decision):
        if figure.value is None:
            groups.setdefault((what, figure.reason or "not given"), []).append(who)
    return [
        f"{what.capitalize()} of {_people(names)}: {short(why, _LONGEST)}"
        for (what, why), names in groups.items()
    ]


def weak_bases(decision: DecisionDocument) -> list[str]:
    """One line for each source that is a model or an assumption."""
    groups: dict[tuple[str, str], list[str]] = {}
    for what, _, figure in every_figure(decision):
        if figure.value is not None and figure.basis in ("modelled", "assumed"):
            seen = groups.setdefault((figure.basis, figure.source), [])
            if what not in seen:
                seen.append(what)
    return [
        f"{basis.capitalize()}: {_people(names)}, by {short(source, _LONGEST) or 'no named source'}"
        for (basis, source), names in groups.items()
    ]


def undecided(view: View) -> list[str]:
    """Candidates shown neither adequate nor inadequate, and why."""
    return [
        f"{short(row.name)}: {short(row.test.reason, _LONGEST) if row.test else 'not tested'}"
        for row in view.in_state("undecided")
    ]


def failures(view: View) -> list[str]:
    """Candidates without a result, and why."""
    rows = [*view.in_state("failed"), *view.in_state("excluded")]
    return [
        f"{short(row.name)}: {short(row.error or _reason(row.test) or 'no reason given', _LONGEST)}"
        for row in rows
    ]


def _reason(test: object) -> str:
    return str(getattr(test, "reason", "") or "")


def remarks(decision: DecisionDocument) -> list[str]:
    """Notes of the decision and of its candidates, each once."""
    own = [f"{short(r.name)}: {short(n, _LONGEST)}" for r in decision.candidates for n in r.notes]
    return list(dict.fromkeys([*(short(n, _LONGEST) for n in decision.notes), *own]))


def _people(names: list[str]) -> str:
    listed = [short(name, 40) for name in names]
    if len(listed) > _MANY:
        return f"{', '.join(listed[:_MANY])} and {len(listed) - _MANY} more"
    return ", ".join(listed)
