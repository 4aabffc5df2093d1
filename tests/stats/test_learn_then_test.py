import numpy as np
import pytest

from modicum.errors import DecisionError
from modicum.stats.learn_then_test import risk_p_value, settings_below


def test_a_setting_above_the_ceiling_is_called_safe_no_more_often_than_promised() -> None:
    rng = np.random.default_rng(0)
    wrong = 0
    for _ in range(2000):
        uniform = rng.uniform(size=200)
        losses = [(uniform < risk).astype(float) for risk in (0.05, 0.08, 0.1001, 0.2)]
        wrong += settings_below(losses, 0.1, 0.05) >= 3
    assert wrong <= 131  # the binomial .999 limit at .05


def test_the_bound_for_losses_between_holds_too() -> None:
    rng = np.random.default_rng(1)
    rejected = sum(risk_p_value(rng.beta(1, 9, 300), 0.1) <= 0.05 for _ in range(1000))
    assert rejected <= 73


def test_bounded_losses_have_power() -> None:
    assert risk_p_value(np.full(300, 0.05), 0.1) < 0.05


def test_an_unsafe_first_setting_ends_the_sequence() -> None:
    assert settings_below([np.ones(100), np.zeros(100)], 0.1) == 0


def test_losses_outside_their_bounds_are_refused() -> None:
    with pytest.raises(DecisionError, match="between 0 and 1"):
        risk_p_value(np.array([0.5, 1.5]), 0.5)
