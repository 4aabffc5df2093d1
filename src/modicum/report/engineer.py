"""Engineer: every number of the decision as plain rows, and what its page has beyond them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.report.markup import Html, el, join, short
from modicum.report.reading import Grid, Number, Part, Reading
from modicum.report.sections import section

if TYPE_CHECKING:
    from modicum.decision.document import CandidateDocument
    from modicum.report.beside import Beside, Confusion
    from modicum.report.language import Language
    from modicum.report.view import View

_FOOT = (("energy_j", "energy"), ("carbon_g", "carbon"), ("water_l", "water"), ("cost", "cost"))
_MOST_PAIRS = 12
_CONFUSION = ("Right answer", "Given", "Times")


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
    parts += [_confusion(k, one) for k, one in enumerate(beside.confusions)]
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


def _confusion(number: int, found: Confusion) -> Part:
    rows = tuple(
        (short(want, 40), short(got, 40), f"{n:,}") for want, got, n in found.pairs[:_MOST_PAIRS]
    )
    title = f"What {short(found.candidate, 40)} takes for what, of {found.examples:,} examples"
    return Part(f"confusion-{number}", title, grid=Grid(_CONFUSION, rows))


def the_confusions(confusions: tuple[Confusion, ...]) -> Html:
    """Which answers stood for which, where the evidence kept the answers."""
    if not confusions:
        return Html("")
    tables = [_table(one) for one in confusions]
    say = el("p", "On the judge examples: the most frequent wrong answers.")
    return section("confusion", "What is taken for what", say, join(tables))


def _table(found: Confusion) -> Html:
    caption = f"{short(found.candidate, 40)}, {found.examples:,} examples"
    head = [el("th", title, scope="col") for title in _CONFUSION]
    rows = [
        el(
            "tr",
            el("td", short(want, 40)),
            el("td", short(got, 40)),
            el("td", f"{n:,}", class_="n"),
        )
        for want, got, n in found.pairs[:_MOST_PAIRS]
    ]
    body = el("thead", el("tr", *head)) + el("tbody", *rows)
    table = el("table", el("caption", caption), Html(body), class_="confusion")
    scroll = el("div", table, class_="scroll", tabindex="0", role="region", aria_label=caption)
    return el("h3", caption) + scroll
