"""A reference that is hardly ever right: to be as good as it promises nothing.

Most often the task is at fault and not the reference: another column, another separator, a metric
that wants the answers written otherwise.
"""

from __future__ import annotations

from dataclasses import replace

from modicum.decision.document import DoubtDocument
from modicum.study.asking import Asked, observed_loss
from modicum.study.raced import Raced
from modicum.study.trial import Trial

NEARLY_ALL = 0.95
"""Loss from which a reference is wrong nearly everywhere: own choice, 2026."""

FEWEST = 30
"""Examples on which it is compared with the same answer for everybody: own choice, 2026."""


def doubt(study: Raced, reference: Trial) -> DoubtDocument | None:
    """What speaks against the reference: its own loss, or that of one answer for everybody."""
    if not study.rules.doubt or not reference.judge.rows:
        return None
    rows, loss = len(reference.judge.rows), _loss(study, reference.judge)
    if loss >= NEARLY_ALL:
        return DoubtDocument(examples=rows, loss=loss)
    for trial in study.trials:
        if trial.section.recipe == "majority" and trial is not reference:
            return _beside(study, trial, reference)
    return None


def _beside(study: Raced, constant: Trial, reference: Trial) -> DoubtDocument | None:
    """On the examples that both answered: those of judge, or of tune where there are too few."""
    for one, other in ((constant.judge, reference.judge), (constant.tune, reference.tune)):
        count = min(len(one.rows), len(other.rows))
        if count < FEWEST or one.rows[:count] != other.rows[:count]:
            continue
        always, loss = (_loss(study, _first(asked, count)) for asked in (one, other))
        if loss < always:
            return None
        return DoubtDocument(
            examples=count, loss=loss, constant=constant.name, constant_loss=always
        )
    return None


def _first(asked: Asked, count: int) -> Asked:
    return replace(
        asked,
        rows=asked.rows[:count],
        values=asked.values[:count],
        losses=asked.losses[:count],
    )


def _loss(study: Raced, asked: Asked) -> float:
    return float(observed_loss(study.task.spec.task, study.dataset, asked))
