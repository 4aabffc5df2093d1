import numpy as np
import pytest

from modicum.decision import worlds
from modicum.decision.paired import pair
from modicum.decision.plan import plan_by_p_values, plan_from_prior, plan_from_tune
from modicum.decision.untouched import share_untouched
from modicum.errors import DecisionError


def errs(share: float, n: int = 500) -> np.ndarray:
    return (np.arange(n) < share * n).astype(float)


def test_a_hopeless_candidate_gets_no_share() -> None:
    tune = pair({"poor": errs(0.4), "good": errs(0.1), "r": errs(0.1)}, "r")
    plan = plan_from_tune(tune, 0.02, [2.0, 1.0], 1000, 0.05)
    assert plan.order == (1, 0)
    assert plan.graph.shares == (0.0, 1.0)


def test_the_shares_spend_the_whole_error_rate_once() -> None:
    rng = np.random.default_rng(16)
    losses = {f"c{k}": rng.permuted(errs(0.1 + 0.004 * k)) for k in range(5)} | {"r": errs(0.1)}
    plan = plan_from_tune(pair(losses, "r"), 0.02, [1, 2, 3, 4, 5], 1000, 0.05)
    assert sum(plan.graph.shares) == pytest.approx(1.0)


def test_the_same_tune_losses_give_the_same_plan() -> None:
    tune = pair({"a": errs(0.11), "b": errs(0.12), "r": errs(0.1)}, "r")
    plans = [plan_from_tune(tune, 0.02, [2.0, 1.0], 1000, 0.05) for _ in range(2)]
    assert plans[0] == plans[1]


def test_candidates_without_a_share_are_tested_jointly_if_they_have_a_chance() -> None:
    for rate, chain in ((0.13, (1, 0)), (0.4, (1,))):
        tune = pair({"poor": errs(rate), "good": errs(0.1), "r": errs(0.1)}, "r")
        plan = plan_from_tune(tune, 0.02, [2.0, 1.0], 1000, 0.05)
        assert plan.graph.shares == (0.0, 1.0)
        assert plan.chain == chain


def test_at_most_seven_are_tested_jointly_and_the_unlikely_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(17)
    rates = [0.5, 0.5, 0.5, *[0.1] * 7]
    losses = {f"c{k}": rng.permuted(errs(rate)) for k, rate in enumerate(rates)}
    tune = pair(losses | {"r": errs(0.1)}, "r")
    plan = plan_from_tune(tune, 0.02, list(range(10, 0, -1)), 1000, 0.05)
    assert {3, 4} < set(plan.chain) < set(range(3, 10))  # the last of equals has little chance
    monkeypatch.setattr(worlds, "LIKELY", 0.0)
    plan = plan_from_tune(tune, 0.02, list(range(10, 0, -1)), 1000, 0.05)
    assert plan.chain == tuple(range(9, 2, -1))


def test_without_tune_the_smallest_is_expected_to_do_worst() -> None:
    plan = plan_from_prior([0.3] * 4, 0.02, [4.0, 3.0, 2.0, 1.0], 1000)
    assert plan.chain == (3, 2, 1, 0)
    assert plan.expected is not None
    assert plan.expected.mean == pytest.approx([-2.1] * 4, abs=0.6)  # a difference of 0
    assert np.argmax(plan.expected.best) == 3  # adequate half the time, and then the first


def test_without_tune_more_than_seven_share_the_error_rate_equally() -> None:
    assert plan_from_prior([0.3] * 8, 0.02, [1.0] * 8, 1000).expected is None


def test_a_larger_and_less_promising_candidate_is_passed_over() -> None:
    assert plan_by_p_values([0.01, 0.02, 0.03], [1.0, 0.5, 2.0]).order == (0, 2, 1)


def test_untouched_clusters_stay_whole() -> None:
    groups = np.repeat(np.arange(100), 5)
    tune = pair({"a": errs(0.1), "r": errs(0.1)}, "r", clusters=groups)
    judge = pair({"a": errs(0.1), "r": errs(0.1)}, "r", clusters=groups + 1000)
    plan, joined = share_untouched(tune, judge)
    assert plan is not None
    assert plan.clusters is not None
    assert joined.clusters is not None
    assert not set(plan.clusters.astype(str)) & set(joined.clusters)
    assert (len(plan), len(joined)) == (300, 700)


def test_untouched_examples_all_join_judge_where_the_test_is_joint() -> None:
    tune = pair({"a": errs(0.1), "b": errs(0.1), "r": errs(0.1)}, "r")
    plan, joined = share_untouched(tune, tune)
    assert plan is None
    assert (len(joined), joined.losses.shape) == (1000, (1000, 2))


def test_untouched_examples_of_many_candidates_plan_too() -> None:
    tune = pair({f"c{k}": errs(0.1) for k in range(8)} | {"r": errs(0.1)}, "r")
    plan, joined = share_untouched(tune, tune)
    assert plan is not None
    assert (len(plan), len(joined)) == (300, 700)


def test_clusters_on_one_split_only_are_refused() -> None:
    tune = pair({"a": errs(0.1), "r": errs(0.1)}, "r")
    judge = pair({"a": errs(0.1), "r": errs(0.1)}, "r", clusters=np.arange(500))
    with pytest.raises(DecisionError, match="tune_clusters"):
        share_untouched(tune, judge)
