"""The loss of an audit: what the task's own metric says of two answers, between 0 and 1.

It is the loss that the judge split's disagreement was computed with (`study.disagreement`), so that
the bound it is tested against means the same: a field of an address that differs is a part of a
loss, not a whole one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from modicum.errors import DecisionError
from modicum.tasks.metrics import losses
from modicum.tasks.spec import METRICS, TaskSection

if TYPE_CHECKING:
    from modicum.decision.document import TaskDocument

Scorer = Callable[[str | None, str], float]


def scorer_of(task: TaskDocument) -> Scorer:
    """How an answer is scored beside one that is taken as right; None scores 1.

    Raises:
        DecisionError: an older decision, which does not tell its costs.
    """
    if task.kind == "classify" and not task.multi_label:
        return _by_cost(task) if task.metric == "cost" else _by_class
    section = _section(task)

    def score(answer: str | None, right: str) -> float:
        return float(losses(section, [right], [answer])[0])

    return score


def is_graded(task: TaskDocument) -> bool:
    """Whether a loss may lie between 0 and 1."""
    return task.metric in ("cost", "jaccard", "fields", "token_f1", "rouge_l")


def _section(task: TaskDocument) -> TaskSection:
    form = "multi-label" if task.multi_label else task.kind
    # A judge model's losses are not to be had here; the study takes an exact match for them too.
    metric = METRICS[form][0] if task.metric == "judge" else task.metric
    given = {
        "name": task.name,
        "kind": task.kind,
        "data": "-",
        "input": "-",
        "metric": metric,
        "fields": task.fields,
        "types": task.types,
        "multi_label": task.multi_label,
        "answer_pattern": task.answer_pattern,
    }
    if task.tolerance is not None:
        given["tolerance"] = task.tolerance
    return TaskSection.model_validate(given)


def _by_class(answer: str | None, right: str) -> float:
    """1 where the answers differ in more than case, edges and spacing, else 0."""
    return 0.0 if answer is not None and plain(answer) == plain(right) else 1.0


def plain(text: str) -> str:
    """A class without case, edges and spacing.

    >>> plain("  Not  Spam.")
    'not spam'
    """
    return " ".join(text.split()).strip(" .:;,!?\"'`*_").casefold()


def _by_cost(task: TaskDocument) -> Scorer:
    costs = task.costs
    if not costs:
        raise DecisionError(f"the decision of {task.name} does not tell its costs: size it again")
    worst = max(cost for row in costs.values() for cost in row.values())

    def score(answer: str | None, right: str) -> float:
        if answer == right:
            return costs.get(right, {}).get(right, 0.0) / worst
        return 1.0 if answer is None else costs.get(right, {}).get(answer, worst) / worst

    return score
