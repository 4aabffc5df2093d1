"""Tuning of batch size and power limit, on toy jobs and on the recorded runs."""

import statistics
from pathlib import Path

import pytest

from modicum.errors import PlanError
from modicum.plan.traces import JOBS, Trace, read_trace, replay
from modicum.plan.tune import BatchTuner, Trial, tune

ZEUS = Path(__file__).parents[2] / ".." / "shared" / "data" / "zeus"

TOY = Trace(
    "toy",
    32,
    {8: (10.0, 10.0), 16: (5.0, 5.0), 32: (6.0, 6.0), 64: (float("inf"), 9.0)},
    {b: {100: 2.0, 150: 1.0, 250: 3.0} for b in (8, 16, 32, 64)},
)


def test_a_toy_job_is_tuned_to_its_optimum() -> None:
    found = replay(TOY, trials=8)
    assert (found.batch, found.power_limit) == (16, 150)
    assert found.excess == 0
    assert found.saving == pytest.approx(1 - 5 / 18)


def test_a_run_that_often_fails_costs_its_repeats() -> None:
    assert TOY.expected(64, 150) == 18.0


def test_the_first_run_is_the_default() -> None:
    assert BatchTuner([8, 16, 32], default=32).suggest() == 32


def test_a_run_is_stopped_at_twice_the_best_cost() -> None:
    tuner = BatchTuner([8, 16], default=8)
    tuner.observe(8, 10.0)
    assert tuner.limit == 20.0


def test_no_more_trials_are_spent_than_allowed() -> None:
    spent = tune(BatchTuner([8, 16], 8), lambda b, _: Trial(b, 100, float(b), True), trials=5)
    assert len(spent) == 5


def test_a_default_that_is_no_arm_is_refused() -> None:
    with pytest.raises(PlanError, match="default batch 7 is not one of 8, 16"):
        BatchTuner([8, 16], default=7)


@pytest.mark.shared_data
@pytest.mark.skipif(not ZEUS.exists(), reason="the Zeus traces are not beside the repository")
@pytest.mark.parametrize("job", JOBS)
def test_recorded_jobs_come_within_three_percent_in_fifteen_trials(job: str) -> None:
    trace = read_trace(ZEUS, job)
    excess = [replay(trace, 15, seed).excess for seed in range(100)]
    assert statistics.mean(excess) <= 0.03
    assert statistics.median(excess) <= 0.03


@pytest.mark.shared_data
@pytest.mark.skipif(not ZEUS.exists(), reason="the Zeus traces are not beside the repository")
def test_an_unrecorded_job_names_those_there_are() -> None:
    with pytest.raises(PlanError, match="librispeech"):
        read_trace(ZEUS, "mnist")
