"""How far a judge model's verdicts are from people's, on answers that people scored too.

The difference of the two error rates is the judge's bias, and its interval that of paired binary
outcomes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from modicum.decision.rules import BinaryComparison
from modicum.study.people import Scores

if TYPE_CHECKING:
    from modicum.study.judge import Judge

UNCHECKED = (
    "nobody checked the judge model against people: let them score the answers in to-score.csv and "
    "name the file as human under [task.judge]"
)
_TAIL = 0.025


def bias_note(judge: Judge, scores: Scores) -> str:
    """What is known of the judge's own error, for the report."""
    if not scores:
        return UNCHECKED
    people = np.array(list(scores.values()))
    found = np.array(judge.losses(*zip(*scores, strict=True)))
    compared = BinaryComparison(found - people)
    low, high = (100 * x for x in (compared.interval(_TAIL).low, compared.interval(_TAIL).high))
    agreed, more = 100 * float((found == people).mean()), 100 * compared.mean
    return (
        f"on {len(people)} answers that people scored the judge model agreed in {agreed:.1f}%, and "
        f"found {more:+.1f} points more wrong than they did ({low:+.1f} to {high:+.1f}, 95%, "
        f"{compared.test})"
    )
