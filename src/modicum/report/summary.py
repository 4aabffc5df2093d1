"""Summary: the verdict, and the three numbers that matter most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.report.markup import Html, clean, el, escape, join, short
from modicum.report.notes import term
from modicum.report.strip import gauge
from modicum.report.view import View, energy_of, factor
from modicum.report.words import headline

if TYPE_CHECKING:
    from modicum.decision.document import FigureDocument

_KINDS = {"extract": "fields of a text", "generate": "written answers"}


def hero(view: View) -> Html:
    """The verdict in one plain sentence."""
    decision = view.decision
    task = decision.task
    facts = [
        f"{task.rows:,} examples",
        f"{task.classes:,} classes" if task.classes else _KINDS.get(task.kind, task.kind),
        f"judged by {view.measure.name}",
        f"decided {clean(decision.created_at)[:10]}",
    ]
    return el(
        "header",
        el("p", "Modicum decision · ", el("b", short(task.name)), class_="eyebrow"),
        el("h1", _headline(view)),
        el("p", short(decision.verdict, 900), class_="lead"),
        el("p", " · ".join(facts), class_="facts"),
        class_="hero",
    )


def _headline(view: View) -> Html:
    """The headline with the recommended name set apart."""
    name = view.decision.recommended
    before, _, after = headline(view.decision).partition(name)
    shortened = after.replace(view.decision.reference, short(view.decision.reference, 40))
    return escape(before) + el("em", short(name, 40)) + escape(shortened)


def key_numbers(view: View) -> Html:
    """Energy, quality and saving, each with its interval or the reason why it is unknown."""
    cards = [_energy_card(view), _quality_card(view), _saving_card(view)]
    return el("section", el("h2", "Three numbers", class_="hidden"), *cards, class_="cards")


def _card(title: Html | str, *content: Html) -> Html:
    return el("article", el("h3", title), *content, class_="card")


def _energy_card(view: View) -> Html:
    best, reference = energy_of(view.recommended), energy_of(view.reference)
    rows = [_line(short(view.decision.recommended, 34), view, best)]
    if view.kept:
        return _card("Energy per request", *rows, el("p", _why_kept(view), class_="say"))
    rows.append(_line(short(view.decision.reference, 34), view, reference))
    times, words = factor(view)
    if times.value is None:
        why = short(times.reason or "not given", 220)
        say = el("p", f"The factor between them is unknown: {why}", class_="say")
        return _card("Energy per request", *rows, say)
    shown = view.notes.figure(times, unit=words, big=True)
    return _card("Energy per request", shown, *rows)


def _line(name: str, view: View, figure: FigureDocument | None) -> Html:
    value = view.notes.figure(figure) if figure else el("span", "not measured", class_="none")
    line = el("p", el("span", name, class_="who"), value, class_="line")
    if figure is None or figure.value is not None:
        return line
    return line + el("p", short(figure.reason or "not given", 220), class_="say reason")


def _why_kept(view: View) -> str:
    undecided, failed = len(view.in_state("undecided")), len(view.in_state("failed"))
    parts = ["Nothing that uses less was proven adequate"]
    if undecided:
        parts.append(f"{undecided} undecided for want of evidence")
    if failed:
        parts.append(f"{failed} failed")
    return "; ".join(parts) + "."


def _quality_card(view: View) -> Html:
    measure, found = view.measure, view.recommended.difference
    margin = f"{measure.gap(view.decision.margin, sign=False)} {measure.unit}"
    if view.kept or found is None:
        loss = view.recommended.loss
        shown = view.notes.loss(loss, measure) if loss else el("span", "not judged", class_="none")
        text = f"The reference itself: others may be at most {margin} worse."
        return _card("Loss", el("p", shown, class_="line"), el("p", text, class_="say"))
    picture = gauge(view, found, margin)
    say = el(
        "p",
        "Allowed: less than ",
        el("b", margin),
        " worse, the ",
        term("margin"),
        ".",
        class_="say",
    )
    big = view.notes.difference(found, measure, big=True)
    return _card("Quality against the reference", big, picture, say)


def _saving_card(view: View) -> Html:
    saving = view.decision.saving_per_month
    if view.kept:
        say = "Nothing is saved: the reference stays."
        return _card("Saved per month", el("p", say, class_="say"))
    if saving is None:
        say = "Unknown: the task gives no volume. Add requests_per_month under [volume]."
        return _card("Saved per month", el("p", say, class_="say"))
    figures = [("energy", saving.energy), ("carbon", saving.carbon), ("money", saving.cost)]
    lines = [_line(name, view, figure) for name, figure in figures]
    say = el("p", f"At {saving.requests:,.0f} requests a month.", class_="say")
    return _card("Saved per month", *lines, say)


def lines(pairs: list[tuple[str, Html]], class_: str = "pairs") -> Html:
    """A list of names and values."""
    return el("dl", join([el("div", el("dt", n), el("dd", v)) for n, v in pairs]), class_=class_)
