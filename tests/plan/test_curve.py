"""The curve of cost against batch size."""

import pytest

from modicum.plan.curve import curve
from modicum.plan.tune import BatchTuner

BATCHES = [8, 16, 32, 64]


def test_a_batch_size_between_two_is_believed_to_cost_about_as_they_do() -> None:
    log_cost, error = curve(BATCHES, {16: [1.0], 64: [1.0], 8: [2.0]})
    assert log_cost[2] == pytest.approx(0.0, abs=0.3)
    assert error[2] > max(error[1], error[3])


def test_repeats_shrink_the_error() -> None:
    once, often = (curve(BATCHES, {16: [1.0] * n, 64: [2.0]})[1][1] for n in (1, 9))
    assert often < once


def test_one_lucky_run_does_not_beat_a_neighbour_that_is_good_each_time() -> None:
    tuner = BatchTuner(BATCHES, default=32)
    for batch, costs in {8: [2.0], 16: [1.0] * 6, 32: [0.99, 1.3, 1.3], 64: [2.2]}.items():
        for cost in costs:
            tuner.observe(batch, cost)
    assert tuner.best() == 16


def test_batch_sizes_beyond_one_that_is_far_worse_are_not_tried() -> None:
    tuner, tried = BatchTuner([1, 2, 4, 8, 16, 32, 64, 128], default=32), []
    for _ in range(15):
        batch = tuner.suggest()
        tried.append(batch)
        tuner.observe(batch, 1.0 + abs(batch - 32) / 20)
    assert {1, 2, 4}.isdisjoint(tried)
    assert tuner.best() == 32
