"""The front of loss against cost, and the point on it to put to the test.

Pareto testing (Laufer-Goldshtein, Fisch, Barzilay and Jaakkola 2023, "Efficiently controlling
multiple risks with Pareto testing") finds the front on one split and tests on another.  Here the
point is chosen on tune: the one with the greatest expected saving, its own saving times the
chance that the judge split will prove it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from modicum.candidates.composed import Aim

    Floats = NDArray[np.float64]


LEAST = 0.001
"""Share of the reference's cost below which nothing is saved to speak of."""


def chance_of_proof(losses: Floats, aim: Aim) -> float:
    """P(the paired test on the judge split rejects), as tune's losses let one expect.

    The difference to come is normal around tune's, with the errors of both splits; the variance
    counts two imagined differences of one point more, so that no zero is taken for certain.

    >>> from modicum.candidates.composed import Aim
    >>> same = np.array([0.0, 1.0] * 500)
    >>> round(chance_of_proof(same, Aim(same, 1.0, judge=1000)), 2)
    1.0
    """
    gaps = losses - aim.reference
    n = len(gaps)
    mean = float(gaps.mean())
    variance = (float(((gaps - mean) ** 2).sum()) + 2.0) / (n + 2)
    needed = aim.margin - float(ndtri(1 - aim.alpha)) * (variance / aim.judge) ** 0.5
    return float(ndtr((needed - mean) / (variance / aim.judge + variance / n) ** 0.5))


def expected_saving(losses: Floats, cost: float, aim: Aim) -> float:
    """The share of the reference's cost that is saved, times the chance to prove it."""
    return chance_of_proof(losses, aim) * max(1.0 - cost / aim.cost, 0.0)


def best_point(losses: Sequence[Floats], costs: Sequence[float], aim: Aim) -> int:
    """Index of the point with the greatest expected saving, of the cheaper ones the first.

    Where none can be expected to save at least `LEAST`, the point of least loss.
    """
    worth = [expected_saving(one, cost, aim) for one, cost in zip(losses, costs, strict=True)]
    if max(worth) > LEAST:
        return int(np.argmax(worth))
    return int(np.argmin([float(one.mean()) for one in losses]))


def on_front(losses: Sequence[float], costs: Sequence[float]) -> list[int]:
    """Indices of the points that no other one beats, cheapest first.

    >>> on_front([0.3, 0.1, 0.2, 0.4], [1.0, 3.0, 2.0, 2.5])
    [0, 2, 1]
    """
    order = sorted(range(len(losses)), key=lambda i: (costs[i], losses[i]))
    found: list[int] = []
    for index in order:
        if not found or losses[index] < losses[found[-1]]:
            found.append(index)
    return found
