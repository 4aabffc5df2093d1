"""From answers to losses in [0, 1], one per example; 0 is right.

Macro-F1 and balanced accuracy are properties of a whole set, not of one example: the decision
computes them from the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from modicum.errors import DataError
from modicum.tasks.spec import TaskSection
from modicum.tasks.structured_metrics import field_losses, jaccard_loss, subset_loss
from modicum.tasks.text_metrics import (
    exact_loss,
    f1_loss,
    numeric_loss,
    regex_loss,
    rouge_l_loss,
    stated,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SET_METRICS = ("macro_f1", "balanced_accuracy")


def is_set_metric(metric: str) -> bool:
    """Whether the metric has no loss of its own for one example."""
    return metric in SET_METRICS


def losses(
    section: TaskSection,
    references: Sequence[str],
    values: Sequence[str | None],
    probabilities: NDArray[np.float64] | None = None,
    classes: Sequence[str] | None = None,
    alternatives: Sequence[Sequence[str]] | None = None,
) -> NDArray[np.float64]:
    """One loss per example, shape (n,); an answer of None has loss 1.

    Set metrics are given as the 0/1 error of each example, for display and screening.
    alternatives: further right answers of each example; the nearest one counts.  A judge model's
    losses are not known here: the exact match stands in for them.
    """
    import numpy as np

    if score := _scorer(section):
        rows = [
            (r, *more)
            for r, more in zip(references, alternatives or _none(references), strict=True)
        ]
        found = [
            1.0 if value is None else min(score(value, right) for right in row)
            for value, row in zip(values, rows, strict=True)
        ]
        return np.array(found, dtype=np.float64)
    if section.metric == "log_loss":
        return _log_losses(references, values, probabilities, classes)
    if section.metric == "cost":
        return _costs(section.costs or {}, references, values)
    pairs = zip(values, references, strict=True)
    return np.array([float(v != r) for v, r in pairs], dtype=np.float64)


def _none(references: Sequence[str]) -> Sequence[tuple[str, ...]]:
    return ((),) * len(references)


def _scorer(section: TaskSection) -> Callable[[str, str], float] | None:
    """How one answer is scored against one reference; None where a class is compared."""
    if section.kind == "extract":
        names, types = section.fields, section.types
        if section.metric == "all_fields":
            return lambda answer, right: max(field_losses(answer, right, names, types))
        return lambda answer, right: fmean(field_losses(answer, right, names, types))
    if section.multi_label:
        return jaccard_loss if section.metric == "jaccard" else subset_loss
    if section.kind == "generate":
        return _written(section)
    return None


def _written(section: TaskSection) -> Callable[[str, str], float]:
    scorers: dict[str, Callable[[str, str], float]] = {
        "token_f1": f1_loss,
        "rouge_l": rouge_l_loss,
        "regex": regex_loss,
        "numeric": lambda answer, right: numeric_loss(answer, right, section.tolerance),
    }
    score = scorers.get(section.metric, exact_loss)
    return lambda answer, right: score(stated(answer, section.answer_pattern), right)


def _log_losses(
    references: Sequence[str],
    values: Sequence[str | None],
    probabilities: NDArray[np.float64] | None,
    classes: Sequence[str] | None,
) -> NDArray[np.float64]:
    """-ln p(reference), clipped to [0, 1]; p below 1/e is a full loss."""
    import numpy as np

    if probabilities is None or classes is None:
        raise DataError("log_loss needs probabilities, which this candidate does not give")
    column = {name: j for j, name in enumerate(classes)}
    where = np.array([column.get(r, -1) for r in references])
    rows = np.arange(len(references))
    p = np.where(where >= 0, probabilities[rows, np.maximum(where, 0)], 0.0)
    clipped: NDArray[np.float64] = np.clip(-np.log(np.maximum(p, 1e-300)), 0.0, 1.0)
    answered = np.array([v is not None for v in values])
    return np.where(answered, clipped, 1.0)


def _costs(
    matrix: dict[str, dict[str, float]],
    references: Sequence[str],
    values: Sequence[str | None],
) -> NDArray[np.float64]:
    """The matrix entry over its largest; a right answer is free, an entry not given costs most."""
    import numpy as np

    worst = max((cost for row in matrix.values() for cost in row.values()), default=0.0)
    if worst <= 0:
        raise DataError("the costs matrix holds no cost above 0: give the wrong answers a cost")
    unknown = sorted(set(matrix) - set(references))
    if unknown:
        raise DataError(f"the costs matrix names class {unknown[0]!r}, which no example has")

    def cost(reference: str, value: str | None) -> float:
        if value == reference:
            return matrix.get(reference, {}).get(reference, 0.0)
        return worst if value is None else matrix.get(reference, {}).get(value, worst)

    pairs = zip(references, values, strict=True)
    return np.array([cost(r, v) / worst for r, v in pairs], dtype=np.float64)
