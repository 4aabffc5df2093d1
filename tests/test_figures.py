from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modicum.errors import FigureError
from modicum.figures import Basis, Figure, mean, total
from modicum.uncertainty import interval

BASES: tuple[Basis, ...] = ("measured", "reported", "modelled", "assumed")
Operation = Callable[[Figure, Figure], Figure]
OPERATIONS: dict[str, Operation] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "total": lambda a, b: total([a, b]),
    "mean": lambda a, b: mean([a, b]),
}

numbers = st.floats(min_value=1e-3, max_value=1e6)
words = st.sampled_from(["RAPL", "Ember 2024", "power model", "NVML", "invoice"])


@st.composite
def known(draw: st.DrawFn) -> Figure:
    value = draw(numbers)
    down = draw(st.floats(min_value=1.0, max_value=3.0))
    up = draw(st.floats(min_value=1.0, max_value=3.0))
    return Figure.of(
        value, value / down, value * up, draw(st.sampled_from(["J", "kJ", "kWh"])),
        basis=draw(st.sampled_from(BASES)), source=draw(words), boundary=draw(words),
        error=draw(st.sampled_from([None, "grid", "model"])),
    )  # fmt: skip


@st.composite
def unknown(draw: st.DrawFn) -> Figure:
    return Figure.unknown(
        "J", "nobody counted it", basis=draw(st.sampled_from(BASES)), source=draw(words),
        boundary=draw(words),
    )  # fmt: skip


def keeps_origin(result: Figure, *parts: Figure) -> bool:
    weakest = max((p.basis for p in parts), key=BASES.index)
    return (
        result.basis == weakest
        and all(p.source in result.source.split("; ") for p in parts)
        and all(p.boundary in result.boundary.split("; ") for p in parts)
    )


@pytest.mark.parametrize("name", OPERATIONS)
@given(a=known(), b=known())
def test_no_operation_loses_basis_source_or_boundary(name: str, a: Figure, b: Figure) -> None:
    result = OPERATIONS[name](a, b)
    assert keeps_origin(result, a, b)


@pytest.mark.parametrize("name", OPERATIONS)
@given(a=known(), b=unknown(), swap=st.booleans())
def test_unknown_stays_unknown_with_its_reason_and_never_becomes_zero(
    name: str, a: Figure, b: Figure, swap: bool
) -> None:
    first, second = (b, a) if swap else (a, b)
    result = OPERATIONS[name](first, second)
    assert (result.value, result.low, result.high) == (None, None, None)
    assert "nobody counted it" in str(result.reason)
    assert keeps_origin(result, a, b)


@pytest.mark.parametrize("name", OPERATIONS)
@given(a=known(), b=known())
def test_the_interval_holds_the_value_and_is_finite(name: str, a: Figure, b: Figure) -> None:
    result = OPERATIONS[name](a, b)
    assert result.value is not None
    assert result.low is not None
    assert result.high is not None
    assert result.low <= result.value <= result.high
    assert all(math.isfinite(x) for x in (result.low, result.value, result.high))


@given(a=known(), factor=st.floats(min_value=1.0, max_value=5.0))
def test_one_handed_operations_keep_origin_too(a: Figure, factor: float) -> None:
    for result in (a.to("J"), a.per("request", 3), a.widen(factor), -a, a * 2.0, a / 4.0):
        assert keeps_origin(result, a)
        assert result.value is not None


@given(a=unknown(), factor=st.floats(min_value=1.0, max_value=5.0))
def test_one_handed_operations_leave_the_unknown_unknown(a: Figure, factor: float) -> None:
    for result in (a.to("kWh"), a.per("request", 3), a.widen(factor), -a, a * 0.0, a / 4.0):
        assert result.value is None
        assert result.reason == "nobody counted it"


@given(a=known(), b=known())
def test_figures_read_back_are_the_figures_written(a: Figure, b: Figure) -> None:
    for figure in (a, a + b, a * b, Figure.unknown("J", "why")):
        back = Figure.from_dict(figure.to_dict())
        assert back == figure
        named = {n: s for n, s in figure.errors.items() if not n.startswith("~")}
        assert {n: s for n, s in back.errors.items() if not n.startswith("~")} == named


@given(a=known(), b=known())
def test_addition_commutes(a: Figure, b: Figure) -> None:
    one, other = a + b, (b + a).to(a.unit)
    assert one.value == pytest.approx(other.value)
    assert one.low == pytest.approx(other.low, rel=1e-6, abs=1e-9 * (one.high or 0))
    assert one.high == pytest.approx(other.high, rel=1e-6)


@given(a=known())
def test_a_figure_less_itself_is_zero_when_its_error_is_known_to_be_the_same(a: Figure) -> None:
    difference = a - a
    assert (difference.value, difference.low, difference.high) == (0.0, 0.0, 0.0)


@given(a=known(), count=st.integers(min_value=2, max_value=200))
@settings(max_examples=30)
def test_a_shared_error_does_not_shrink_in_a_mean(a: Figure, count: int) -> None:
    average = mean([a] * count)
    assert average.low == pytest.approx(a.low)
    assert average.high == pytest.approx(a.high)


def test_independent_errors_shrink_in_a_mean() -> None:
    parts = [
        Figure.of(10, 6, 14, "J", basis="measured", source="m", boundary="b") for _ in range(100)
    ]
    average = mean(parts)
    assert average.high == pytest.approx(10.4)


def test_a_sum_of_no_figures_is_refused() -> None:
    with pytest.raises(FigureError, match="no figures"):
        total([])
    with pytest.raises(FigureError, match="no figures"):
        mean([])


@pytest.mark.parametrize(
    ("value", "low", "high"), [(1, 2, 3), (4, 2, 3), (math.nan, 1, 2), (1, 0, math.inf)]
)
def test_an_interval_that_does_not_hold_its_value_is_refused(
    value: float, low: float, high: float
) -> None:
    with pytest.raises(FigureError):
        Figure.of(value, low, high, "J", basis="measured", source="m", boundary="b")


def test_an_unknown_needs_a_reason_and_a_basis_never_grows_stronger() -> None:
    with pytest.raises(FigureError, match="reason"):
        Figure.unknown("J", "")
    guess = Figure.of(1, 1, 2, "J", basis="assumed", source="m", boundary="b")
    with pytest.raises(FigureError, match="cannot be called"):
        guess.relabel(basis="measured")


def test_a_divisor_that_may_be_zero_makes_the_ratio_unknown() -> None:
    one = Figure.of(1, 0.5, 2, "J", basis="measured", source="m", boundary="b")
    saving = one - Figure.of(1, 0.5, 2, "J", basis="measured", source="n", boundary="b")
    ratio = one / saving
    assert ratio.value is None
    assert "holds zero" in str(ratio.reason)


# Coverage: where each error source is drawn from the distribution that its 5% and 95% points say,
# the truth must lie in the computed 90% interval at least 88 times in 100.

DRAWS = 40_000


def sampled(low: float, high: float, scores: np.ndarray) -> np.ndarray:
    """Shifts with their 5% and 95% points at low < 0 < high: a shifted log-normal."""
    down, up = -low, high
    if math.isclose(down, up, rel_tol=1e-6):
        return scores * up / 1.6448536269514722
    sign, small, large = (1.0, down, up) if up > down else (-1.0, up, down)
    s = math.log(large / small) / 1.6448536269514722
    return sign * large / (large / small - 1.0) * (np.exp(s * sign * scores) - 1.0)


class World:
    """Draws the truth behind figures: each named error source has one score per draw."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.scores: dict[str, np.ndarray] = {}

    def truth(self, figure: Figure) -> np.ndarray:
        values = np.full(DRAWS, figure.value)
        for name, (low, high) in figure.errors.items():
            if name not in self.scores:
                self.scores[name] = self.random.standard_normal(DRAWS)
            values = values + sampled(low, high, self.scores[name])
        return values


def figure(value: float, down: float, up: float, error: str | None = None) -> Figure:
    return Figure.of(
        value, value / down, value * up, "J", basis="modelled", source="s", boundary="b",
        error=error,
    )  # fmt: skip


def coverage(result: Figure, truth: np.ndarray) -> float:
    assert result.low is not None
    assert result.high is not None
    return float(np.mean((truth >= result.low) & (truth <= result.high)))


SHAPES = [(1.05, 1.05), (1.3, 1.3), (1.2, 1.8), (1.6, 2.2), (2.0, 1.2), (1.1, 1.5)]


@pytest.mark.parametrize("one", SHAPES)
@pytest.mark.parametrize("two", SHAPES)
@pytest.mark.parametrize("shared", [False, True])
def test_sums_differences_means_and_ratios_cover_88_in_100(
    one: tuple[float, float], two: tuple[float, float], shared: bool
) -> None:
    world = World(seed=round(1000 * (one[1] + 7 * two[1])) + shared)
    a_model, b_model = (figure(1.0, *one, error="model"), figure(1.0, *two, error="other"))
    b_model = a_model if shared else b_model  # each has an error of its own as well
    a_count, b_count = figure(10.0, 1.1, 1.1), figure(7.0, 1.1, 1.1)
    a, b = a_count * a_model.per("J"), b_count * b_model.per("J")
    truth_a = world.truth(a_count) * world.truth(a_model)
    truth_b = world.truth(b_count) * world.truth(b_model)
    for result, truth in (
        (a + b, truth_a + truth_b),
        (a - b, truth_a - truth_b),
        (mean([a, b, a]), (2 * truth_a + truth_b) / 3),
        (a / b, truth_a / truth_b),
        (b / a, truth_b / truth_a),
    ):
        assert coverage(result, truth) >= 0.88


@pytest.mark.parametrize("count", [2, 10, 60, 100])
def test_a_long_sum_with_a_shared_and_many_own_errors_covers_88_in_100(count: int) -> None:
    world = World(seed=count)
    model = figure(1.0, 1.4, 1.9, error="model").per("J")
    counts = [figure(1.0 + i, 1.3, 1.6) for i in range(count)]
    parts = [c * model for c in counts]
    truth = sum((world.truth(c) for c in counts), np.zeros(DRAWS)) * world.truth(model)
    assert coverage(total(parts), truth) >= 0.88


def test_the_interval_of_no_error_is_the_value() -> None:
    assert interval(3.0, {}) == (3.0, 3.0)
    assert interval(3.0, {"a": (0.0, 0.0)}) == (3.0, 3.0)


@given(st.floats(1e-6, 1e6), st.floats(1.0, 20.0), st.floats(1e-6, 1e6), st.floats(1.0, 20.0))
def test_positive_figures_never_combine_below_both_at_their_worst(
    a: float, wide: float, b: float, narrow: float
) -> None:
    one = Figure.within(a, wide, "J", basis="modelled", source="one", boundary="x")
    other = Figure.within(b, narrow, "J", basis="modelled", source="other", boundary="y")
    assert one.low is not None
    assert other.low is not None
    assert other.high is not None
    for found, worst in (
        (one / other, one.low / other.high),
        (one * other, one.low * other.low),
        (one + other, one.low + other.low),
        (total([one, other, one]), 2 * one.low + other.low),
    ):
        assert found.low is not None
        assert found.value is not None
        assert found.low <= found.value
        assert found.low >= worst * (1 - 1e-9)


@pytest.mark.parametrize("factor", [2.0, 3.0, 4.0])
def test_carbon_saved_on_one_grid_is_no_loss_where_energy_saved_is_none(factor: float) -> None:
    """Wide, skewed errors reach no further than both at their worst, and 88 in 100 lie within."""
    grid = Figure.of(
        0.13, 0.02, 0.22, "gCO2e/J", basis="assumed", source="s", boundary="", error="grid"
    )
    big, small = figure(100.0, factor, factor, "big"), figure(1.0, 2.0, 2.0, "small")
    saved, lost = big * grid - small * grid, small * grid - big * grid
    assert saved.low is not None
    assert lost.high is not None
    assert 0 < saved.low == -lost.high
    worst = (big * grid).low or 0.0, (small * grid).high or 0.0
    assert saved.low >= (worst[0] - worst[1]) * (1 - 1e-9)
    world = World(seed=int(factor))
    truth = (world.truth(big) - world.truth(small)) * world.truth(grid)
    assert coverage(saved, truth) >= 0.88
