"""Replay: a plan that saw forecasts, once or renewed, judged on the true series."""

import numpy as np
import pytest

from modicum.errors import PlanError
from modicum.plan.instance import Instance
from modicum.plan.jobs import Job, generate_jobs
from modicum.plan.place import place
from modicum.plan.replay import replay
from modicum.plan.saving import compare
from modicum.plan.sites import Site

DAYS = np.tile(np.r_[[300.0] * 12, [100.0] * 12], 3)


def week(count: int = 60) -> Instance:
    sites = [Site("A", DAYS, 8), Site("B", np.roll(DAYS, 7) * 1.2, 8)]
    return Instance(generate_jobs(count, ["A", "B"], 72, seed=2), sites, 72)


def test_without_error_a_replay_saves_what_the_plan_saves() -> None:
    instance = week(12)
    known = compare(instance, place(instance), deferral=False).share.value
    for every in (None, 24):
        left = replay(instance, error=0.0, every_h=every).saving["average"].value
        assert left == pytest.approx(known, abs=0.01)


def test_forecasts_renewed_daily_save_more_than_one_made_at_the_start() -> None:
    # Jobs for the third day: a forecast of day one errs there, one of that day hardly does.
    jobs = [Job(f"j{n}", 1, 1.0, 48, 60, "A") for n in range(4)]
    truth = np.random.default_rng(1).uniform(150, 250, 72)
    instance = Instance(jobs, [Site("A", truth, 8)], 72)
    once, daily = (
        replay(instance, error=0.5, draws=8, every_h=e).saving["average"].value for e in (None, 24)
    )
    assert (daily or 0) > (once or 0)


def test_a_plan_on_a_wrong_forecast_saves_less_than_one_that_knows() -> None:
    instance = week(12)
    known = compare(instance, place(instance), deferral=False).share.value or 0.0
    assert (replay(instance, error=0.4, draws=2).saving["average"].value or 0.0) < known


def test_the_network_is_counted_both_ways() -> None:
    saving = replay(week(12), error=0.1).saving
    assert (saving["marginal"].value or 0) > (saving["average"].value or 0)


def test_forecasts_come_at_some_interval_and_err_by_no_less_than_nothing() -> None:
    with pytest.raises(PlanError, match="forecast error is"):
        replay(week(12), error=-0.1)
    with pytest.raises(PlanError, match="hours between forecasts is 0"):
        replay(week(12), every_h=0)


def test_a_replay_stands_where_running_now_is_late_and_where_it_runs_not_all() -> None:
    tight = [Job("long", 3, 1.0, 0, 24, "A"), Job("tight", 2, 1.0, 1, 4, "A")]
    left = replay(Instance(tight, [Site("A", DAYS[:24], 1)], 24), error=0.1)
    assert left.late == 1
    assert (left.saving["average"].value or 0) > 0
    boxed = [Job("split", 2, 1.0, 0, 4, "A", interruptible=True), Job("fixed", 2, 1.0, 1, 3, "A")]
    left = replay(Instance(boxed, [Site("A", DAYS[:4], 1)], 4), error=0.1)
    assert left.late is None
    assert left.carbon_g["average"].value == pytest.approx(4 * 300 * 1.2)
    assert "job split finds no machine" in str(left.saving["average"].reason)
    assert left.to_dict()["saving"]["average"]["value"] is None
