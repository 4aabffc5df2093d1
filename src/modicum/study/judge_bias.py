"""How far a judge model's verdicts are from people's, on answers that people scored too.

The file holds one scored answer a row: `question`, `reference`, `answer`, and `right` (true or
false).  The difference of the two error rates is the judge's bias, and its interval that of paired
binary outcomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from modicum.candidates.recorded_rows import NO, YES
from modicum.decision.rules import BinaryComparison
from modicum.errors import DataError
from modicum.tasks.answers import cell_text
from modicum.tasks.table import Table, read_table

if TYPE_CHECKING:
    from modicum.study.judge import Judge

UNCHECKED = (
    "every loss is a judge model's verdict and so is the promise: nobody checked the model against "
    "people. Name a file of answers that people scored as human under [task.judge]"
)
_TAIL = 0.025


def bias_note(judge: Judge, path: Path | None) -> str:
    """What is known of the judge's own error, for the report; raises DataError."""
    if path is None:
        return UNCHECKED
    table = read_table(path)
    people = np.array(_verdicts(table, path))
    texts = {n: _texts(table.column(n)) for n in ("question", "reference", "answer")}
    found = np.array(judge.losses(texts["question"], texts["reference"], texts["answer"]))
    compared = BinaryComparison(found - people)
    low, high = (100 * x for x in (compared.interval(_TAIL).low, compared.interval(_TAIL).high))
    agreed, more = 100 * float((found == people).mean()), 100 * compared.mean
    return (
        f"every loss is a judge model's verdict and so is the promise: on {len(people)} answers "
        f"that people scored it agreed in {agreed:.1f}%, and found {more:+.1f} "
        f"points more wrong than they did ({low:+.1f} to {high:+.1f}, 95%, {compared.test})"
    )


def _texts(cells: Sequence[object]) -> list[str]:
    return [cell_text(cell) or "" for cell in cells]


def _verdicts(table: Table, path: Path) -> list[float]:
    """People's losses: 0 for right, 1 for wrong."""
    losses = []
    for row, cell in enumerate(table.column("right"), start=1):
        word = str(cell).strip().casefold()
        if word not in YES | NO:
            raise DataError(
                f"{path} row {row} has {cell!r:.40} in column 'right': give true or false"
            )
        losses.append(float(word in NO))
    return losses
