"""Evenly spread points in the unit cube: Sobol's sequence, shifted digitally.

Sobol, I. M. (1967). On the distribution of points in a cube and the approximate evaluation of
integrals.  Direction numbers of Joe, S. and Kuo, F. Y. (2008). Constructing Sobol sequences with
better two-dimensional projections. SIAM J. Sci. Comput. 30, 2635-2654.  Every pair of coordinates
is spread evenly too, which an additive recurrence does not promise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BITS = 32
DIRECTIONS: tuple[tuple[int, int, tuple[int, ...]], ...] = (
    (0, 0, ()),
    (1, 0, (1,)),
    (2, 1, (1, 3)),
    (3, 1, (1, 3, 1)),
    (3, 2, (1, 1, 1)),
    (4, 1, (1, 1, 3, 3)),
    (4, 4, (1, 3, 5, 13)),
)
"""Degree, coefficients and first numbers of each coordinate's polynomial (Joe and Kuo, table 1)."""


def sobol_points(count: int, size: int) -> NDArray[np.float64]:
    """Points inside (0, 1), shape (count, size); at most 7 coordinates, the same points each time.

    A power of two of them fills every coordinate evenly:

    >>> np.sort(np.floor(8 * sobol_points(8, 3)), axis=0)[:, 2].tolist()
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    """
    at = np.arange(count)
    gray, shifts = at ^ (at >> 1), np.random.default_rng(0).integers(1 << BITS, size=size)
    found = np.zeros((count, size), np.int64)
    for k in range(size):
        for bit, direction in enumerate(_directions(k)[: int(count).bit_length()]):
            found[:, k] ^= np.where(gray >> bit & 1, direction, 0)
    points: NDArray[np.float64] = ((found ^ shifts).astype(float) + 0.5) / 2.0**BITS
    return points


def _directions(coordinate: int) -> list[int]:
    degree, coefficients, first = DIRECTIONS[coordinate]
    if not degree:
        return [1 << (BITS - 1 - k) for k in range(BITS)]
    found = [m << (BITS - 1 - k) for k, m in enumerate(first)]
    for k in range(degree, BITS):
        number = found[k - degree] ^ (found[k - degree] >> degree)
        for j in range(1, degree):
            if coefficients >> (degree - 1 - j) & 1:
                number ^= found[k - j]
        found.append(number)
    return found
