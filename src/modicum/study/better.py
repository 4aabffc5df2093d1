"""Whether one way of building a candidate is better than another on tune, beyond luck."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from modicum.candidates.protocol import Candidate, Examples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Losses = NDArray[np.float64]

ERRORS = 1.0
"""Standard errors by which it must be better (Breiman et al. 1984, the 1 SE rule)."""


def clearly_better(losses: Losses, default: Losses) -> bool:
    """Whether the mean of paired losses is lower by more than a standard error.

    >>> clearly_better(np.zeros(100), np.ones(100)), clearly_better(np.ones(100), np.ones(100))
    (True, False)
    """
    return float((default - losses).mean()) > ERRORS * standard_error(losses, default)


def standard_error(losses: Losses, default: Losses) -> float:
    """Of the mean difference of paired losses; infinite for a single pair."""
    gaps = default - losses
    return float(gaps.std(ddof=1)) / math.sqrt(len(gaps)) if len(gaps) > 1 else math.inf


def losses_on(candidate: Candidate, tune: Examples) -> Losses:
    """Log losses where the candidate tells probabilities of classes, else the task's own losses.

    A proper score moves with every example, where the error rate of a few hundred moves by luck.
    """
    answers = candidate.answer(tune.inputs)
    classes = answers.classes
    if answers.probabilities is None or classes is None or tune.form != "classify":
        return np.array(tune.losses(answers.values), np.float64)
    column = {name: i for i, name in enumerate(classes)}
    if not column.keys() >= set(tune.references):
        return np.array(tune.losses(answers.values), np.float64)
    true = [column[reference] for reference in tune.references]
    likely = answers.probabilities[np.arange(len(true)), true].astype(np.float64)
    return np.asarray(-np.log(np.maximum(likely, 1e-12)))
