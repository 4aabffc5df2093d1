"""The loss of each field of an extraction, candidate by candidate."""

from __future__ import annotations

from modicum.report.markup import Html, el, short
from modicum.report.view import View


def parts_table(view: View) -> Html:
    """One row a candidate, one column a field; empty where no answer has fields."""
    rows = [row for row in view.rows if row.parts]
    if not rows:
        return Html("")
    names = [part.name for part in rows[0].parts]
    caption = "Loss of each field on the judge examples"
    head = [el("th", title, scope="col") for title in ("Candidate", *(short(n, 30) for n in names))]
    body = [
        el(
            "tr",
            el("th", short(row.name, 50), scope="row"),
            *(el("td", view.measure.level(part.loss), class_="n") for part in row.parts),
        )
        for row in rows
    ]
    inside = el("caption", caption) + el("thead", el("tr", *head)) + el("tbody", *body)
    table = el("table", Html(inside), class_="parts")
    scroll = el("div", table, class_="scroll", tabindex="0", role="region", aria_label=caption)
    return el("section", el("h2", "Fields"), scroll, id="fields", class_="part")
