"""Card: a decision as a model card for the Hugging Face Hub, metadata and text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from modicum.report.markdown import safe
from modicum.report.terminal import figure_line
from modicum.report.view import View, energy_of, factor

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument, IntervalDocument

# Tasks and metrics by the names of the Hub; what has none there is left out or named as it is.
_PIPELINES = {
    "classify": "text-classification",
    "extract": "token-classification",
    "generate": "text-generation",
}
_ONE_MINUS_LOSS = {
    "accuracy": "accuracy",
    "macro_f1": "f1",
    "exact_match": "exact_match",
    "token_f1": "f1",
    "rouge_l": "rouge",
}


def render_card(decision: DecisionDocument, folder: str, licence: str | None = None) -> str:
    """README.md of the recommended candidate; `folder` is what to type in commands."""
    view = View(decision)
    lines = [f"{key}: {_yaml(value)}" for key, value in _metadata(view, licence).items()]
    parts = [
        "\n".join(("---", *lines, "---")),
        f"# {safe(decision.recommended)} for {safe(decision.task.name)}",
        safe(decision.verdict, 900),
        "## What it is for",
        _purpose(view, folder),
        "## How good it is",
        _quality(view),
        "## What it uses",
        _uses(view),
        "## Limits",
        _limits(view),
        "## Where this comes from",
        _origin(view, licence),
    ]
    return "\n\n".join(parts) + "\n"


def _yaml(value: Any) -> str:
    """JSON, which is YAML too, so that no name can break out of its place."""
    return json.dumps(value, ensure_ascii=False)


def _metadata(view: View, licence: str | None) -> dict[str, Any]:
    decision, task = view.decision, view.decision.task
    found: dict[str, Any] = {"library_name": "modicum"}
    if licence:
        found["license"] = licence
    if task.kind in _PIPELINES:
        found["pipeline_tag"] = _PIPELINES[task.kind]
    found["tags"] = ["modicum", "right-sized", decision.recommended]
    metric = _metric(view)
    if metric:
        found["metrics"] = [metric["type"]]
        result = {
            "task": {"type": _PIPELINES.get(task.kind, task.kind), "name": task.name},
            "dataset": {"type": task.name, "name": task.name, "split": "judge"},
            "metrics": [metric],
        }
        found["model-index"] = [{"name": decision.recommended, "results": [result]}]
    carbon = decision.search.carbon_g
    if carbon.value is not None:
        found["co2_eq_emissions"] = {
            "emissions": carbon.value,
            "source": f"Modicum, {carbon.basis}: {carbon.low:.3g} to {carbon.high:.3g} g "
            f"(90% interval); {carbon.source}",
            "training_type": "fitting and judging of all candidates",
        } | ({"geographical_location": task.region} if task.region else {})
    return found


def _metric(view: View) -> dict[str, Any] | None:
    loss, name = view.recommended.loss, view.decision.task.metric
    if loss is None or name not in _ONE_MINUS_LOSS:
        return None
    return {
        "type": _ONE_MINUS_LOSS[name],
        "name": f"{view.measure.name} on the judge split",
        "value": round(1 - loss.value, 6),
    }


def _purpose(view: View, folder: str) -> str:
    task = view.decision.task
    classes = f" of {task.classes:,} classes" if task.classes else ""
    return (
        f"It does the task *{safe(task.name)}* ({task.kind}{classes}) in place of "
        f"*{safe(view.decision.reference)}*, and was judged for nothing else.\n\n"
        f'```python\nimport modicum\n\nmodel = modicum.load({folder!r})\nmodel.answer(["..."])\n```'
    )


def _quality(view: View) -> str:
    decision, best = view.decision, view.recommended
    rows = [("examples it was judged on", f"{best.judged_examples:,}")]
    if best.loss is not None:
        rows.append(("loss", _interval(view, best.loss, level=True)))
    if best.difference is not None and not view.kept:
        rows.append(("difference to the reference", _interval(view, best.difference, level=False)))
    margin = f"{view.measure.gap(decision.margin, sign=False)} {view.measure.unit}"
    if decision.ceiling is None:
        rows.append(("allowed, less than", margin))
    else:
        rows.append(("allowed loss, below", view.measure.level(decision.ceiling)))
    proven = "yes" if best.adequate else "no"
    if view.kept:
        proven = "it is the reference"
    rows.append((f"proven at {decision.confidence * 100:.4g}%", proven))
    return _table(rows)


def _interval(view: View, interval: IntervalDocument, *, level: bool) -> str:
    measure = view.measure
    if level:
        return f"{measure.level(interval.value)} ({measure.level_interval(interval)})"
    return f"{measure.worse(interval.value)} ({measure.gap_interval(interval)})"


def _uses(view: View) -> str:
    decision, found = view.decision, view.recommended.footprint
    rows = []
    if found is not None:
        rows += [
            ("energy per request", figure_line(found.energy_j)),
            ("carbon per request", figure_line(found.carbon_g)),
            ("water per request", figure_line(found.water_l)),
        ]
    if not view.kept:
        times, words = factor(view)
        rows.append(("against the reference", figure_line(times, words)))
    rows += [
        ("energy of the search, once", figure_line(decision.search.energy_j)),
        ("carbon of the search, once", figure_line(decision.search.carbon_g)),
    ]
    energy = energy_of(view.recommended)
    behind = f"\n\nEnergy is {energy.basis}: {safe(energy.source, 400)}." if energy else ""
    bound = f" Counted: {safe(energy.boundary, 300)}." if energy and energy.boundary else ""
    return f"{_table(rows)}\n\nIn brackets stand 90% intervals.{behind}{bound}"


def _limits(view: View) -> str:
    decision = view.decision
    items = [
        "The proof holds for requests like the examples of the task; it says nothing about others.",
    ]
    if not decision.task.slices:
        items.append("No slices were named: some groups may fare worse than the mean.")
    items += [safe(note, 400) for note in view.recommended.notes]
    return "\n".join(f"- {item}" for item in items)


def _origin(view: View, licence: str | None) -> str:
    prints = view.decision.fingerprints
    rows = [
        ("decided", view.decision.created_at[:10]),
        ("recipe", view.recommended.recipe),
        ("data (SHA-256)", prints.data[:16]),
        ("code (SHA-256)", prints.code[:16]),
        ("licence", licence or "not stated"),
    ]
    return f"{_table(rows)}\n\n`modicum verify DIR` makes every number of the decision again."


def _table(rows: list[tuple[str, str]]) -> str:
    return "\n".join(("| | |", "|---|---|", *(f"| {name} | {safe(v, 300)} |" for name, v in rows)))
