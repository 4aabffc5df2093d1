"""Where a rising function changes sign."""

from __future__ import annotations

from collections.abc import Callable


def root_of_rising(
    rising: Callable[[float], float], low: float, high: float, tolerance: float
) -> float:
    """From above, to within `tolerance`, by the Illinois method (Dowell and Jarratt, 1971).

    `rising` is at most 0 at `low` and above 0 at `high`; so it is at the answer.

    >>> root_of_rising(lambda x: x * x - 2, 0.0, 2.0, 1e-9) - 2**0.5 < 1e-9
    True
    """
    left, right, side = rising(low), rising(high), 0
    for _ in range(200):
        if high - low < tolerance:
            break
        middle = high - right * (high - low) / (right - left)
        middle = min(max(middle, low + 0.4 * tolerance), high - 0.4 * tolerance)
        value = rising(middle)
        if value > 0:
            high, right = middle, value
            left, side = (left / 2 if side > 0 else left), 1
        else:
            low, left = middle, value
            right, side = (right / 2 if side < 0 else right), -1
    return high
