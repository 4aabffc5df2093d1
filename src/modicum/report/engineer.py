"""Engineer: every number of the decision as plain rows, and what its page has beyond them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.report.confusion import CONFUSION, MOST_PAIRS
from modicum.report.curves import curves_part
from modicum.report.markup import short
from modicum.report.numbers import milliseconds
from modicum.report.reading import Grid, Number, Part, Reading

if TYPE_CHECKING:
    from modicum.decision.document import CandidateDocument
    from modicum.report.beside import Beside, Confusion
    from modicum.report.language import Language
    from modicum.report.view import View

_FOOT = (("energy_j", "energy"), ("carbon_g", "carbon"), ("water_l", "water"), ("cost", "cost"))


def engineer(view: View, beside: Beside, say: Language) -> Reading:
    """Every figure and statistic, candidate by candidate."""
    decision = view.decision
    parts = [_candidate(view, row) for row in view.rows]
    search = [Number(name, getattr(decision.search, key), f"search.{key}") for key, name in _FOOT]
    place = "break_even_requests"
    search.append(Number("break-even", decision.break_even_requests, place))
    if decision.search.exhaustive_energy_j is not None:
        whole = decision.search.exhaustive_energy_j
        search.append(Number("energy, had all been tried", whole, "search.exhaustive_energy_j"))
    parts.append(Part("search", "The search", numbers=tuple(search)))
    saving = decision.saving_per_month
    if saving is not None:
        saved = [
            Number(f"{key} saved a month", getattr(saving, key), f"saving_per_month.{key}")
            for key in ("energy", "carbon", "water", "cost")
        ]
        parts.append(Part("saving", "Saved a month", numbers=tuple(saved)))
    parts.append(_serving(view))
    parts += [_confusion(k, one) for k, one in enumerate(beside.confusions)]
    if beside.curves:
        parts.append(curves_part(beside.curves))
    return Reading("engineer", say("page.engineer"), tuple(parts))


def _candidate(view: View, row: CandidateDocument) -> Part:
    at = view.place_of(row)
    numbers = [
        Number(key, value, f"{at}.{key}")
        for key in ("loss", "difference", "disagreement")
        if (value := getattr(row, key)) is not None
    ]
    for key, name in _FOOT if row.footprint else ():
        value, place = getattr(row.footprint, key), f"{at}.footprint.{key}"
        numbers.append(Number(f"{name} per request", value, place, "per request"))
    if row.fitting:
        numbers.append(Number("energy to build", row.fitting.energy_j, f"{at}.fitting.energy_j"))
    for k, part in enumerate(row.slices):
        if part.difference is not None:
            label = f"difference, {short(part.column, 30)} {short(part.slice, 30)}"
            numbers.append(Number(label, part.difference, f"{at}.slices[{k}].difference"))
    return Part(f"candidate-{view.number(row.name)}", short(row.name), numbers=tuple(numbers))


def _serving(view: View) -> Part:
    """Latency of one request served alone, and failures to read an answer."""
    head = ("Candidate", "p50", "p95", "Requests timed", "Judged", "Without a valid answer")
    rows = []
    for row in view.rows:
        found = row.latency_ms
        ends = ("", "") if found is None else (_shown(found.p50), _shown(found.p95))
        timed = "" if found is None else f"{found.requests:,}"
        unread = f"{row.unanswered:,}"
        rows.append((short(row.name), *ends, timed, f"{row.judged_examples:,}", unread))
    title = "Latency, and failures to read"
    return Part("serving", title, grid=Grid(head, tuple(rows)))


def _shown(ms: float | None) -> str:
    return "" if ms is None else milliseconds(ms)


def _confusion(number: int, found: Confusion) -> Part:
    rows = tuple(
        (short(want, 40), short(got, 40), f"{n:,}") for want, got, n in found.pairs[:MOST_PAIRS]
    )
    title = f"What {short(found.candidate, 40)} takes for what, of {found.examples:,} examples"
    return Part(f"confusion-{number}", title, grid=Grid(CONFUSION, rows))
