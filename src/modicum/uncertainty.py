"""From error sources to a 90% interval.

Propagation evaluates each operation with one error source at a time at its 5% and 95% point
(Kragten, Analyst 119, 1994, p. 2161: numerical sensitivities), which keeps asymmetric errors
asymmetric.  The sources are then combined by their first three cumulants, each read as a shifted
log-normal (normal when symmetric), and the interval is that of the shifted log-normal with the
summed cumulants (asymmetric errors do not combine in quadrature: Barlow, PHYSTAT 2003,
arXiv:physics/0306138).  A very skewed source would draw such a fit to its far tail and leave the
middle too narrow, so the interval is never narrower, on either side, than Kragten's quadrature.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

Shift = tuple[float, float]
"""What a figure moves by when one error source is at its 5% point and at its 95% point."""

_Z95 = 1.6448536269514722  # the standard normal's 95% point
_LARGEST_SKEW = 20.0  # ratio of an interval's arms beyond which it is read as moved, not as skewed


def interval(value: float, errors: Mapping[str, Shift]) -> tuple[float, float]:
    """The 90% interval of value plus the sum of independent error sources.

    >>> interval(10.0, {"a": (-3.0, 3.0), "b": (-4.0, 4.0)})
    (5.0, 15.0)
    """
    shifts = [s for s in errors.values() if s != (0.0, 0.0)]
    if not shifts:
        return value, value
    if len(shifts) == 1:
        return value + min(0.0, *shifts[0]), value + max(0.0, *shifts[0])
    cumulants = [_cumulants(*shift) for shift in shifts]
    centre, variance, third = (math.fsum(c[i] for c in cumulants) for i in range(3))
    spread = math.sqrt(variance)
    skew = third / spread**3 if spread > 0 else 0.0
    low, high = (centre + spread * _standard_quantile(z, skew) for z in (-_Z95, _Z95))
    down = math.sqrt(math.fsum(min(0.0, *shift) ** 2 for shift in shifts))
    up = math.sqrt(math.fsum(max(0.0, *shift) ** 2 for shift in shifts))
    return value + min(low, -down), value + max(high, up)


def _cumulants(low: float, high: float) -> tuple[float, float, float]:
    """Mean, variance and third central moment of a source whose 5% and 95% points are these.

    A shifted log-normal a (exp(s Z) - 1) through both points; normal when they are symmetric.
    """
    down, up = -low, high
    if down < 0.0 and up < 0.0:  # falls as the source rises
        down, up = -up, -down
    if min(down, up) < max(down, up) / _LARGEST_SKEW:
        # One-sided, or a folded sum of skewed errors that moved its mean: a moved normal.
        return (low + high) / 2, ((high - low) / 2 / _Z95) ** 2, 0.0
    if math.isclose(down, up, rel_tol=1e-6):
        return 0.0, ((down + up) / 2 / _Z95) ** 2, 0.0
    sign = 1.0 if up > down else -1.0
    small, large = min(down, up), max(down, up)
    s = math.log(large / small) / _Z95
    a = large / (large / small - 1.0)
    w = math.exp(s * s)
    root = math.sqrt(w)
    return (
        sign * a * (root - 1),
        a * a * w * (w - 1),
        sign * a**3 * root**3 * (w - 1) ** 2 * (w + 2),
    )


def _standard_quantile(z: float, skew: float) -> float:
    """The quantile at score z of the log-normal with mean 0, variance 1 and this skewness."""
    if abs(skew) < 1e-4:
        return z
    if skew < 0:
        return -_standard_quantile(-z, -skew)
    b = 1.0 + skew * skew / 2 + skew * math.sqrt(1.0 + skew * skew / 4)
    w = b ** (1 / 3) + b ** (-1 / 3) - 1.0
    s = math.sqrt(math.log(w))
    return (math.exp(s * z - s * s / 2) - 1.0) / math.sqrt(w - 1.0)
