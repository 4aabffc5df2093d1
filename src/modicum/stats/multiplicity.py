"""Several hypotheses at one family-wise level: the graphical method and its special cases.

Bretz, F., Maurer, W., Brannath, W. and Posch, M. (2009). A graphical approach to sequentially
rejective multiple test procedures. Statistics in Medicine 28, 586-604.  Each hypothesis holds a
share of the level; a rejected one hands its share on along weighted arrows.  Holm (1979), the fixed
sequence (Maurer et al. 1995) and the fallback (Wiens 2003) are such graphs.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Graph:
    """Initial shares of the level (sum <= 1) and arrows (each row sums to <= 1, zero diagonal)."""

    name: str
    shares: tuple[float, ...]
    arrows: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Rejections:
    """Which hypotheses fell, and the level each was last held to (0.0: never had its turn)."""

    rejected: tuple[bool, ...]
    levels: tuple[float, ...]


def holm(size: int) -> Graph:
    """Equal shares; a rejected hypothesis shares its own equally among the rest.

    >>> reject([0.01, 0.04, 0.03], 0.05, holm(3)).rejected
    (True, False, False)
    """
    arrows = np.full((size, size), 1 / max(size - 1, 1))
    np.fill_diagonal(arrows, 0.0)
    return Graph("Holm", (1 / max(size, 1),) * size, _rows(arrows))


def fixed_sequence(order: Sequence[int], size: int) -> Graph:
    """The whole level on the first of `order`, handed on; hypotheses outside it are never tested.

    >>> reject([0.04, 0.9, 0.03], 0.05, fixed_sequence([2, 0, 1], 3)).rejected
    (True, False, True)
    """
    shares = [1.0] + [0.0] * (len(order) - 1) if order else []
    return _chain("fixed sequence", order, shares, size)


def fallback(order: Sequence[int], shares: Sequence[float], size: int) -> Graph:
    """Shares along an order; what is rejected hands its whole share to the next.

    >>> reject([0.04, 0.024], 0.05, fallback([0, 1], [0.5, 0.5], 2)).rejected
    (False, True)
    """
    return _chain("fallback", order, shares, size)


def reject(p_values: ArrayLike, alpha: float, graph: Graph) -> Rejections:
    """Run the graph: strong control of the family-wise error at alpha for any dependence.

    >>> reject([0.02, 0.03], 0.05, holm(2)).levels
    (0.025, 0.05)
    """
    p = np.asarray(p_values, dtype=float)
    shares, arrows = np.array(graph.shares), np.array(graph.arrows).reshape(len(p), len(p))
    levels, open_ = shares * alpha, np.ones(len(p), dtype=bool)
    while True:
        ready = np.flatnonzero(open_ & (shares > 0) & (p <= shares * alpha * (1 + 1e-12)))
        if not len(ready):
            break
        chosen = int(ready[np.argmin(p[ready] / shares[ready])])
        shares, arrows = _hand_on(shares, arrows, chosen)
        open_[chosen] = False
        levels = np.where(open_, shares * alpha, levels)
    return Rejections(tuple(bool(v) for v in ~open_), tuple(float(v) for v in levels))


def shares_among(graph: Graph, among: Collection[int]) -> dict[int, float]:
    """What each hypothesis of an intersection holds once all others were rejected.

    >>> shares_among(fallback([0, 1, 2], [0.5, 0.3, 0.2], 3), (1, 2))
    {1: 0.8, 2: 0.2}
    """
    size = len(graph.shares)
    shares, arrows = np.array(graph.shares), np.array(graph.arrows).reshape(size, size)
    for gone in range(size):
        if gone not in among:
            shares, arrows = _hand_on(shares, arrows, gone)
    return {k: float(shares[k]) for k in among}


def _hand_on(shares: Any, arrows: Any, gone: int) -> tuple[Any, Any]:
    """Update rule of Bretz et al. (2009), algorithm 1."""
    passed = shares + shares[gone] * arrows[gone]
    passed[gone] = 0.0
    through = np.outer(arrows[:, gone], arrows[gone])
    loops = np.outer(arrows[:, gone] * arrows[gone], np.ones(len(shares)))
    numerator, rest = arrows + through, 1 - loops
    updated = np.divide(numerator, rest, out=np.zeros_like(arrows), where=rest > 1e-12)
    np.fill_diagonal(updated, 0.0)
    updated[gone, :] = 0.0
    updated[:, gone] = 0.0
    return passed, updated


def _chain(name: str, order: Sequence[int], shares: Sequence[float], size: int) -> Graph:
    initial, arrows = np.zeros(size), np.zeros((size, size))
    for at, share in zip(order, shares, strict=True):
        initial[at] = share
    for at, following in pairwise(order):
        arrows[at, following] = 1.0
    return Graph(name, tuple(float(v) for v in initial), _rows(arrows))


def _rows(arrows: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(v) for v in row) for row in arrows)
