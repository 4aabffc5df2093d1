"""Coverage of sums, differences, ratios and means with shared errors, for `benchmarks/meter.py`.

Each error source is drawn from the shifted log-normal that its 5% and 95% points say; the truth
must lie in the computed 90% interval at least 88 times in 100.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from modicum.figures import Figure, mean

Floats = NDArray[np.float64]
SPREADS = ((1.05, 1.05), (1.3, 1.3), (1.2, 1.8), (1.6, 2.2), (2.0, 1.2))
_Z95 = 1.6448536269514722


def drawn(figure: Figure, scores: dict[str, Floats], source: np.random.Generator, n: int) -> Floats:
    values = np.full(n, figure.value, dtype=float)
    for name, (low, high) in figure.errors.items():
        score = scores.setdefault(name, source.standard_normal(n))
        down, up = -low, high
        if math.isclose(down, up, rel_tol=1e-6):
            values = values + score * up / _Z95
            continue
        sign, small, large = (1.0, down, up) if up > down else (-1.0, up, down)
        s = math.log(large / small) / _Z95
        values = values + sign * large / (large / small - 1.0) * (np.exp(s * sign * score) - 1.0)
    return values


def figure(value: float, spread: tuple[float, float], error: str | None = None) -> Figure:
    return Figure.of(
        value, value / spread[0], value * spread[1], "J", basis="modelled", source="s",
        boundary="b", error=error,
    )  # fmt: skip


def worst(n: int = 20_000) -> dict[str, float]:
    """The least coverage of each operation over all pairs of spreads, shared and not."""
    source = np.random.default_rng(3)
    found = dict.fromkeys(("sum", "difference", "ratio", "mean"), 1.0)
    for one, two, shared in itertools.product(SPREADS, SPREADS, (False, True)):
        scores: dict[str, Floats] = {}
        a_model = figure(1.0, one, "model")
        b_model = a_model if shared else figure(1.0, two, "other")
        a_count, b_count = figure(10.0, (1.1, 1.1)), figure(7.0, (1.1, 1.1))
        a, b = a_count * a_model.per("J"), b_count * b_model.per("J")
        draws = [drawn(f, scores, source, n) for f in (a_count, a_model, b_count, b_model)]
        true_a, true_b = draws[0] * draws[1], draws[2] * draws[3]
        for name, result, truth in (
            ("sum", a + b, true_a + true_b),
            ("difference", a - b, true_a - true_b),
            ("ratio", a / b, true_a / true_b),
            ("mean", mean([a, b, a]), (2 * true_a + true_b) / 3),
        ):
            assert result.low is not None
            assert result.high is not None
            inside = float(np.mean((truth >= result.low) & (truth <= result.high)))
            found[name] = min(found[name], inside)
    return found
