import numpy as np
import pytest

from modicum.stats.betting import (
    FRACTIONS,
    WEIGHTS,
    BettingProcess,
    betting_interval,
    betting_p_value,
)


def test_the_stake_is_one() -> None:
    assert sum(WEIGHTS) == pytest.approx(1.0)
    assert max(FRACTIONS) < 1


def test_batches_and_the_whole_give_the_same_wealth() -> None:
    x = np.random.default_rng(1).uniform(-1, 1, (90, 2))
    whole, parts = (BettingProcess(0.1, -1, 1, streams=2) for _ in range(2))
    whole.update(x)
    for start in range(0, 90, 7):
        parts.update(x[start : start + 7])
    assert parts.log_wealth == pytest.approx(whole.log_wealth)
    assert parts.log_peak == pytest.approx(whole.log_peak)


def test_wealth_is_the_product_of_bets_by_definition() -> None:
    process = BettingProcess(0.0, -1, 1)
    process.update(np.array([[-1.0], [1.0], [-1.0]]))
    by_hand = sum(w * (1 + f) * (1 - f) * (1 + f) for f, w in zip(FRACTIONS, WEIGHTS, strict=True))
    assert float(np.exp(process.log_wealth[0])) == pytest.approx(by_hand)


def test_test_and_interval_say_the_same() -> None:
    x = np.random.default_rng(2).uniform(-0.3, 0.2, 400)
    high = betting_interval(x, 0.05).high
    assert betting_p_value(x, high + 1e-5) <= 0.05 < betting_p_value(x, high - 1e-5)


def test_the_boundary_is_rejected_no_more_often_than_promised() -> None:
    rng = np.random.default_rng(3)
    p = [
        betting_p_value(rng.choice([-1, 0, 1], 300, p=[0.04, 0.9, 0.06]), 0.02) for _ in range(400)
    ]
    assert sum(value <= 0.05 for value in p) <= 35  # the binomial .999 quantile is 35
