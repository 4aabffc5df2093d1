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
    from modicum.study.raced import Raced
    from modicum.study.trial import Trial
    from modicum.tasks.spec import TaskSection

Found = tuple[float, Interval]


def beside_reference(section: TaskSection, trial: Trial, reference: Trial) -> list[float | None]:
    """By judge row of `trial`: the loss of its answer with the reference's answer taken as right.

    None where the reference gave no answer, as audits leave those out.
    """
    theirs = dict(zip(reference.judge.rows, reference.judge.values, strict=True))
    own = zip(trial.judge.rows, trial.judge.values, strict=True)
    pairs = [(value, theirs[row]) for row, value in own if row in theirs]
    if section.form == "classify" and section.metric != "cost":
        section = section.model_copy(update={"metric": "accuracy"})
    kept = [(mine, theirs) for mine, theirs in pairs if theirs is not None]
    found = iter(losses(section, [r for _, r in kept], [m for m, _ in kept]).tolist())
    return [None if theirs is None else next(found) for _, theirs in pairs]


def disagreement(study: Raced, trial: Trial, where: tuple[str, str] | None = None) -> Found | None:
    """Mean loss of the answers with the reference's answers taken as right, and its interval.

    where: (column, value) of a slice.  None where there is nothing to compare (recorded right or
    wrong only).
    """
    import numpy as np

    pairs = [(row, x) for row, x in zip(trial.judge.rows, trial.beside, strict=False)]
    rows = [row for row, x in pairs if x is not None]
    found = np.array([x for _, x in pairs if x is not None], dtype=np.float64)
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
