"""How far a candidate's answers differ from the reference's on the judge split.

Audits in production compare these two, without labels; what they may find at most is this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.decision.rules import compare
from modicum.stats.interval import Interval
from modicum.stats.mean import mean_interval
from modicum.study.eligible import cells, clusters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from modicum.study.raced import Raced
    from modicum.study.trial import Trial

Found = tuple[float, Interval]


def disagreement(
    study: Raced, trial: Trial, reference: Trial, where: tuple[str, str] | None = None
) -> Found | None:
    """Share of answers that are not the reference's, and its interval.

    where: (column, value) of a slice.  Examples that the reference did not answer are left out, as
    audits leave them out.  None where there is nothing to compare (recorded right or wrong only).
    """
    found, rows = _compared(trial, reference)
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


def _compared(trial: Trial, reference: Trial) -> tuple[NDArray[np.float64], list[int]]:
    import numpy as np

    pairs = [
        (row, mine, theirs)
        for row, mine, theirs in zip(
            trial.judge.rows, trial.judge.values, reference.judge.values, strict=False
        )
        if theirs is not None
    ]
    differs = np.array([float(mine != theirs) for _, mine, theirs in pairs])
    return differs, [row for row, _, _ in pairs]
