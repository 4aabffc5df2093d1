from __future__ import annotations

import numpy as np
import pytest

from modicum.candidates.llm_calibrate import Calibration, calibrate

IDENTITY = Calibration(((1.0, 0.0), (0.0, 1.0)), (0.0, 0.0))


def biased(count: int) -> tuple[list[list[float]], list[int]]:
    """Scores that tell two classes apart but lean by 3 towards the first."""
    chance = np.random.default_rng(0)
    truth = [n % 2 for n in range(count)]
    return [[3.0 + chance.normal(), 2.0 * right + chance.normal()] for right in truth], truth


def test_a_leaning_is_taken_away() -> None:
    rows, truth = biased(200)
    found = calibrate(rows, truth)
    right = [
        int(np.argmax(found.probabilities(row))) == is_
        for row, is_ in zip(rows, truth, strict=True)
    ]
    plain = [int(np.argmax(row)) == is_ for row, is_ in zip(rows, truth, strict=True)]
    assert np.mean(plain) < 0.65
    assert np.mean(right) > 0.7


def test_the_corrected_probabilities_mean_what_they_say() -> None:
    rows, truth = biased(2000)
    found = calibrate(rows[:1000], truth[:1000])
    odds = np.array([found.probabilities(row) for row in rows[1000:]])
    assert odds[:, 1].mean() == pytest.approx(0.5, abs=0.03)
    assert odds.sum(axis=1) == pytest.approx(np.ones(1000))


def test_two_examples_change_little() -> None:
    found = calibrate([[0.0, -1.0], [-1.0, 0.0]], [0, 1])
    assert found.probabilities([0.0, -1.0])[0] == pytest.approx(0.731, abs=0.02)


def test_hopeless_classes_are_floored_and_do_not_overflow() -> None:
    assert IDENTITY.probabilities([0.0, -1e6]) == pytest.approx((1.0, 0.0), abs=1e-5)
