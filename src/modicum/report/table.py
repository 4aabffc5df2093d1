"""Table: every candidate and every slice, in words and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.report.markup import Html, el, join, short
from modicum.report.notes import minus, term
from modicum.report.numbers import milliseconds
from modicum.report.picture import kind
from modicum.report.strip import strip
from modicum.report.view import View
from modicum.report.words import STATES, state

if TYPE_CHECKING:
    from modicum.decision.document import CandidateDocument, FigureDocument, SliceDocument

_MOST_SLICES = 150  # rows that still make a page one can read; decision.json holds every one
_LONGEST_ERROR = 300


def candidate_table(view: View) -> Html:
    """All candidates, from the least energy to the most."""
    head = [
        "#",
        "Candidate",
        term("adequate", "Adequate?"),
        term("loss", "Loss"),
        "Difference to the reference",
        "Energy per request",
        "Carbon per million requests",
        "Cost per million requests",
        term("p50 and p95", "Latency p50 / p95"),
        "Energy to build",
    ]
    rows = [_row(view, candidate) for candidate in view.rows]
    return _table("All candidates, the least energy first", head, rows, "candidates")


def _table(caption: str, head: list[str], rows: list[Html], key: str) -> Html:
    cells = [el("th", title, scope="col") for title in head]
    body = el("thead", el("tr", *cells)) + el("tbody", *rows)
    table = el("table", el("caption", caption), Html(body), class_=key)
    return el("div", table, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _row(view: View, row: CandidateDocument) -> Html:
    foot = row.footprint
    million = 1e6
    return el(
        "tr",
        el("td", str(view.number(row.name)), class_="n"),
        el("th", _name(view, row), scope="row"),
        el("td", _state(row)),
        el("td", view.notes.loss(row.loss, view.measure) if row.loss else _nothing()),
        el("td", _difference(view, row)),
        el("td", _figure(view, foot.energy_j if foot else None)),
        el("td", _figure(view, foot.carbon_g if foot else None, million)),
        el("td", _figure(view, foot.cost if foot else None, million)),
        el("td", _latency(row)),
        el("td", _figure(view, row.fitting.energy_j if row.fitting else None)),
        class_=kind(view, row.name),
    )


def _nothing() -> Html:
    return el("span", "not judged", class_="none")


def _figure(view: View, figure: FigureDocument | None, times: float = 1.0) -> Html:
    if figure is None:
        return el("span", "not measured", class_="none")
    return view.notes.figure(figure, times)


def _name(view: View, row: CandidateDocument) -> Html:
    marks = [(view.decision.recommended, "recommended"), (view.decision.reference, "reference")]
    tags = [el("span", word, class_=f"tag {word}") for name, word in marks if name == row.name]
    recipe = el("span", short(row.recipe, 40), class_="recipe") if row.recipe != row.name else ""
    return el("span", short(row.name, 70), class_="name") + join(tags) + recipe


def _state(row: CandidateDocument) -> Html:
    word = STATES[state(row)]
    why = row.error or (row.test.reason if row.test else None)
    parts = [el("span", word, class_=f"state {state(row)}")]
    if row.superior:
        parts.append(el("span", "proven better", class_="why"))
    if why:
        parts.append(el("span", short(why, _LONGEST_ERROR), class_="why"))
    if row.unanswered:
        parts.append(el("span", f"{row.unanswered:,} without an answer", class_="why"))
    return join(parts)


def _difference(view: View, row: CandidateDocument) -> Html:
    if row.name == view.decision.reference:
        return el("span", "is the reference", class_="none")
    if row.difference is None:
        return _nothing()
    d = row.difference
    figure = view.notes.difference(d, view.measure)
    return strip(d, view.decision.margin) + figure


def _latency(row: CandidateDocument) -> Html:
    found = row.latency_ms
    if found is None or found.p50 is None or found.p95 is None:
        why = (found.reason if found else None) or "not measured"
        return el("span", short(why, 120), class_="none")
    both = f"{milliseconds(found.p50)} / {milliseconds(found.p95)}"
    count = el("span", f"over {found.requests:,} requests", class_="why")
    return el("span", both, class_="latency") + count


def slice_table(view: View) -> Html:
    """Each slice with every candidate but the reference side by side.

    A slice stands where its worst candidate puts it: what is not proven comes first.
    """
    found = [(row, part) for row in view.rows for part in row.slices]
    rank = {False: 0, None: 1, True: 2}
    worst: dict[tuple[str, str], int] = {}
    for _, part in found:
        key = (part.column, part.slice)
        worst[key] = min(worst.get(key, 2), rank[part.adequate])
    place = {key: (at, k) for k, (key, at) in enumerate(worst.items())}
    found.sort(key=lambda pair: place[pair[1].column, pair[1].slice])
    head = ["Slice", "Candidate", "Examples", "Difference to the reference", "Margin", "Adequate?"]
    rows = [_slice_row(view, row, part) for row, part in found[:_MOST_SLICES]]
    table = _table("Slices, those that are not proven adequate first", head, rows, "slices")
    left = len(found) - len(rows)
    more = el("p", f"{left:,} more slices are in decision.json.") if left > 0 else Html("")
    return table + more


def _slice_row(view: View, row: CandidateDocument, part: SliceDocument) -> Html:
    measure, d = view.measure, part.difference
    word = {True: "yes", False: "no", None: "undecided"}[part.adequate]
    shown = _nothing()
    if d is not None:
        picture = strip(d, part.margin)
        shown = picture + view.notes.difference(d, measure)
    return el(
        "tr",
        el("th", f"{short(part.column, 40)}: {short(part.slice, 40)}", scope="row"),
        el("td", short(row.name, 50)),
        el("td", f"{part.examples:,}", class_="n"),
        el("td", shown),
        el("td", minus(f"{measure.gap(part.margin, sign=False)} {measure.unit}")),
        el("td", el("span", STATES[word], class_=f"state {word}")),
    )
