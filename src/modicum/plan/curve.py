"""Cost by batch size as a curve: what runs of one batch size tell of its neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NOISE = 0.10
"""Relative spread of energy to accuracy between runs of one setting (Zeus trace, V100)."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a curve may depart from a parabola in log batch: by how much, over how many octaves, and
    what is each batch size's own (epochs are whole numbers)."""

    bend: float = 0.2
    reach: float = 1.0
    own: float = 0.05


_PRIOR = (100.0, 1.0, 0.1)
"""Variance of the parabola's level, slope and curvature: hardly a prior."""


def curve(
    batches: Sequence[int], costs: Mapping[int, Sequence[float]], shape: Shape | None = None
) -> tuple[list[float], list[float]]:
    """Log cost at each batch size, and its standard error (Gaussian process regression: Rasmussen
    and Williams 2006, algorithm 2.1, with the explicit basis of section 2.7).

    >>> log_cost, _ = curve([8, 16, 32], {8: [2.0], 16: [1.0], 32: [2.0]})
    >>> log_cost.index(min(log_cost))
    1
    """
    import numpy as np

    seen = [(b, c) for b, each in costs.items() for c in each]
    at, tried = np.log2(batches), np.log2([b for b, _ in seen])
    log_cost = np.log([c for _, c in seen])
    middle, level = float(at.mean()), float(log_cost.mean())
    form = shape or Shape()
    known = _likeness(tried, tried, middle, form) + NOISE**2 * np.eye(len(tried))
    across = _likeness(at, tried, middle, form)
    mean = level + across @ np.linalg.solve(known, log_cost - level)
    spread = np.diag(
        _likeness(at, at, middle, form) - across @ np.linalg.solve(known, across.T)
    ).clip(0.0)
    return mean.tolist(), np.sqrt(spread).tolist()


def _likeness(a: Floats, b: Floats, middle: float, shape: Shape) -> Floats:
    """Prior covariance of log cost between batch sizes, given by their logarithms."""
    import numpy as np

    away = a[:, None] - b[None, :]
    bend = shape.bend**2 * np.exp(-0.5 * (away / shape.reach) ** 2) + shape.own**2 * (away == 0)
    powers = [np.vander(x - middle, 3, increasing=True) for x in (a, b)]
    whole: Floats = bend + powers[0] @ np.diag(_PRIOR) @ powers[1].T
    return whole
