"""Markdown: a decision record to keep beside the code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modicum.report.markup import clean, short
from modicum.report.notes import minus
from modicum.report.numbers import milliseconds
from modicum.report.terminal import figure_line
from modicum.report.unknown import unknown_items
from modicum.report.view import View, energy_of, factor
from modicum.report.words import STATES, headline, state

if TYPE_CHECKING:
    from modicum.decision.document import CandidateDocument, DecisionDocument, FigureDocument


def render_markdown(decision: DecisionDocument) -> str:
    """Context, options, evidence, decision, and what would change it."""
    view = View(decision)
    parts = [
        f"# {safe(headline(decision), 200)}",
        f"{clean(decision.created_at)[:10]} · task {safe(decision.task.name)}",
        "## Context",
        _context(view),
        "## Options",
        _options(view),
        "## Evidence",
        _evidence(view),
        "## Decision",
        safe(decision.verdict, 900),
        _listed(_consequences(view)),
        "## What would change it",
        _listed(_changes(view)),
        "## What is not known",
        _unknown(view),
        "## Record",
        _listed(_record(decision)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def safe(text: str, most: int = 80) -> str:
    """Text in which nothing is markup.

    >>> safe("a|b <i> *c*\\n# d")
    'a\\\\|b &lt;i> \\\\*c\\\\* # d'
    """
    one_line = " ".join(short(text, most).split())
    return re.sub(r"([\\`*_\[\]|~])", r"\\\1", one_line).replace("<", "&lt;")


def _listed(items: list[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _context(view: View) -> str:
    task, measure = view.decision.task, view.measure
    kind = f"{task.classes:,} classes" if task.classes else f"{task.kind} task"
    volume = (
        f" It is asked {task.requests_per_month:,.0f} times a month."
        if task.requests_per_month
        else ""
    )
    margin = f"{measure.gap(view.decision.margin, sign=False)} {measure.unit}"
    risk = f"{(1 - view.decision.confidence) * 100:.3g}%"
    return (
        f"{safe(task.name)}: {task.rows:,} examples, {kind}, judged by "
        f"{measure.name}.{volume} The reference is {safe(view.decision.reference)}. "
        f"A candidate is adequate when it loses less than {margin} more than the reference; "
        f"the chance of recommending one that is not is at most {risk}."
    )


def _options(view: View) -> str:
    head = "| candidate | loss | difference | adequate | energy per request | p50 / p95 |"
    rule = "|---|---|---|---|---|---|"
    return "\n".join([head, rule, *(_option(view, row) for row in view.rows)])


def _option(view: View, row: CandidateDocument) -> str:
    measure = view.measure
    loss = row.loss and f"{measure.level(row.loss.value)} ({measure.level_interval(row.loss)})"
    gap = row.difference and (
        f"{measure.gap(row.difference.value)} {measure.unit} "
        f"({measure.gap_interval(row.difference)})"
    )
    if row.name == view.decision.reference:
        gap = "is the reference"
    cells = [
        safe(row.name),
        loss or "not judged",
        minus(gap or "not judged"),
        STATES[state(row)],
        _energy(energy_of(row)),
        _latency(row),
    ]
    return f"| {' | '.join(cells)} |"


def _energy(figure: FigureDocument | None) -> str:
    return safe(figure_line(figure), 200) if figure else "not measured"


def _latency(row: CandidateDocument) -> str:
    found = row.latency_ms
    if found is None or found.p50 is None or found.p95 is None:
        return "not measured"
    return f"{milliseconds(found.p50)} / {milliseconds(found.p95)}"


def _evidence(view: View) -> str:
    decision = view.decision
    splits = ", ".join(f"{count:,} {safe(name)}" for name, count in decision.splits.items())
    items = [
        f"Splits: {splits} examples.",
        f"Many candidates: {safe(decision.multiplicity, 600)}.",
    ]
    for row in view.rows:
        why = row.error or (row.test.reason if row.test else "")
        if why:
            items.append(f"{safe(row.name)}: {safe(why, 300)}")
    return _listed(items)


def _consequences(view: View) -> list[str]:
    decision, items = view.decision, []
    if not view.kept:
        items.append(f"Energy per request: {safe(figure_line(*factor(view)), 300)}")
    saving = decision.saving_per_month
    if saving is not None and not view.kept:
        for name in ("energy", "carbon", "water", "cost"):
            line = safe(figure_line(getattr(saving, name)), 300)
            items.append(f"Saved a month, {name}: {line}")
    items.append(f"The search used {safe(figure_line(decision.search.energy_j), 300)}")
    items.append(f"Break-even: {safe(figure_line(decision.break_even_requests), 300)}")
    return items


def _changes(view: View) -> list[str]:
    items = [safe(text, 500) for text in view.decision.missing]
    return [
        *items,
        "New data, or requests that differ from the judged ones: run `modicum size` again.",
        "Another margin, confidence or reference in the task file.",
        "A new candidate that uses less.",
    ]


def _unknown(view: View) -> str:
    parts = []
    for title, items in unknown_items(view):
        parts.append(f"**{title}**\n\n" + _listed([safe(item, 600) for item in items]))
    return "\n\n".join(parts) or "Every figure is known, and nobody is undecided."


def _record(decision: DecisionDocument) -> list[str]:
    prints = decision.fingerprints.named()
    items = [f"{safe(name)}: `{clean(value)}`" for name, value in prints.items()]
    versions = ", ".join(f"{safe(n)} {safe(v)}" for n, v in sorted(decision.versions.items()))
    return [*items, f"versions: {versions}"]
