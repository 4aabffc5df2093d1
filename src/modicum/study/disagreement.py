"""How far a candidate's answers differ from the reference's on the judge split.

Audits in production compare these two, without labels; what they may find at most is this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.decision.rules import compare
from modicum.stats.interval import Interval
from modicum.stats.mean import mean_interval
from modicum.study.eligible import cells, clusters
from modicum.tasks.metrics import losses

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from modicum.study.study import Study
    from modicum.study.trial import Trial

Found = tuple[float, Interval]


def disagreement(
    study: Study, trial: Trial, reference: Trial, where: tuple[str, str] | None = None
) -> Found | None:
    """Mean loss of the answers with the reference's answers taken as right, and its interval.

    where: (column, value) of a slice.  Examples that the reference did not answer are left out, as
    audits leave them out.  None where there is nothing to compare (recorded right or wrong only).
    """
    found, rows = _compared(study, trial, reference)
    if where is not None and len(rows):
        inside = cells(study, where[0], rows) == where[1]
        found, rows = found[inside], [r for r, i in zip(rows, inside, strict=True) if i]
    if not len(rows):
        return None
    alpha = 1 - study.task.spec.adequate.confidence
    together = clusters(study, rows)
    if together is None:
        return float(found.mean()), mean_interval(found, alpha)
    rule = compare(found, binary=False, clusters=together)
    return rule.mean, rule.interval(alpha)


def _compared(
    study: Study, trial: Trial, reference: Trial
) -> tuple[NDArray[np.float64], list[int]]:
    pairs = [
        (row, mine, theirs)
        for row, mine, theirs in zip(
            trial.judge.rows, trial.judge.values, reference.judge.values, strict=False
        )
        if theirs is not None
    ]
    section = study.task.spec.task
    if section.metric != "cost":
        section = section.model_copy(update={"metric": "accuracy"})
    right = [theirs for _, _, theirs in pairs]
    given = [mine for _, mine, _ in pairs]
    return losses(section, right, given), [row for row, _, _ in pairs]
