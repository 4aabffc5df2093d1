"""How many judge examples a margin needs, by the normal approximation of the score test."""

from __future__ import annotations

import math

from scipy.special import ndtr, ndtri


def examples_needed(
    difference: float, variance: float, margin: float, level: float = 0.05, power: float = 0.8
) -> int | None:
    """Examples for a `power` chance to show difference < margin at one-sided `level`.

    `variance` is that of one paired difference; for yes/no losses it is discordance minus the
    difference squared, with discordance the share of examples where just one of the two is wrong.
    None where the difference is not below the margin: no number of examples can show it.

    >>> examples_needed(0.0, 0.06, 0.02)
    928
    >>> examples_needed(0.03, 0.06, 0.02) is None
    True
    """
    distance = margin - difference
    if distance <= 0:
        return None
    z = float(ndtri(power) - ndtri(level))
    return max(1, math.ceil(variance * (z / distance) ** 2))


def power_of(
    n: int, difference: float, variance: float, margin: float, level: float = 0.05
) -> float:
    """Chance that n examples show difference < margin.

    >>> round(power_of(928, 0.0, 0.06, 0.02), 3)
    0.8
    """
    if variance <= 0:
        return 1.0 if difference < margin else 0.0
    reach = (margin - difference) * math.sqrt(n / variance)
    return float(ndtr(reach + ndtri(level)))


def smallest_perfect_sample(margin: float, level: float = 0.05) -> int:
    """Examples below which even a candidate without one disagreement cannot be proven.

    (1 - margin)^n must fall to the level (exact binomial).

    >>> smallest_perfect_sample(0.02)
    149
    """
    return math.ceil(math.log(level) / math.log1p(-margin))
