"""How often the same judge examples may be asked: the error rate is spent look by look.

Each study on one set of judge examples spends part of 1 - confidence; the parts add up
(Bonferroni), so all studies together keep the promise.  Candidates of a later look must not have
been built from single judge examples; knowing earlier verdicts is what the split pays for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from modicum.errors import DecisionError, LooksSpentError
from modicum.stats.power import examples_needed

SMALLEST = 1e-4
"""Below this no realistic number of examples proves anything."""


def alpha_left(confidence: float, spent: Sequence[float]) -> float:
    """What earlier looks left of the error rate 1 - confidence; never negative.

    >>> round(alpha_left(0.95, [0.025, 0.0125]), 6)
    0.0125
    """
    if not 0.5 < confidence < 1:
        raise DecisionError(f"confidence is {confidence:g}: give a number between 0.5 and 1")
    for level in spent:
        if not (math.isfinite(level) and 0 <= level <= 1):
            raise DecisionError(f"an earlier look spent {level}: give a number from 0 to 1")
    return max(0.0, 1 - confidence - sum(spent))


def alpha_for_look(confidence: float, spent: Sequence[float], share: float = 1.0) -> float:
    """The error rate of the next look: `share` of what is left.

    A first look with share 1 spends everything.  Raises LooksSpentError where nothing is left: only
    fresh judge examples can prove more.

    >>> alpha_for_look(0.95, [], share=0.5), round(alpha_for_look(0.95, [0.025], share=0.5), 6)
    (0.025000000000000022, 0.0125)
    """
    if not 0 < share <= 1:
        raise DecisionError(f"share is {share:g}: give a number above 0, at most 1")
    level = share * alpha_left(confidence, spent)
    if level < SMALLEST:
        looks = sum(one > 0 for one in spent)
        raise LooksSpentError(
            f"{looks} earlier looks at these judge examples spent {sum(spent):g} of "
            f"{1 - confidence:g}: judge on fresh examples"
        )
    return level


def times_the_examples(level: float, other: float) -> float:
    """How many times the examples a proof at `level` needs that one at level `other` needs.

    For an 80% chance of it, by the normal approximation (`stats.power`).

    >>> round(times_the_examples(0.008, 0.04), 2)
    1.57
    """
    few, many = (examples_needed(0.0, 1.0, 1e-3, one) for one in (other, level))
    return (many or 1) / (few or 1)
