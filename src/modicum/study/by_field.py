"""The loss of each field of an extraction."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from modicum.tasks.structured_metrics import field_losses

if TYPE_CHECKING:
    from modicum.study.study import Study


def by_field(study: Study) -> None:
    """The loss of each field of an extraction, for every candidate that was judged."""
    section = study.task.spec.task
    for trial in study.trials if section.kind == "extract" else ():
        rows, values = trial.judge.rows, trial.judge.values
        if not rows or values.count(None) == len(rows):
            continue
        found = [
            field_losses(value, study.dataset.references[i], section.fields, section.types)
            for value, i in zip(values, rows, strict=True)
        ]
        means = (fmean(losses) for losses in zip(*found, strict=True))
        trial.parts = list(zip(section.fields, means, strict=True))
