"""Promotion in steps, its guard, and who is answered small."""

from __future__ import annotations

import pytest

from modicum.errors import DecisionError
from modicum.watch.promotion import Plan, goes_small


def test_traffic_moves_up_step_by_step() -> None:
    plan, share, seen = Plan(audits=30), 0.05, []
    while (move := plan.next_move(share, 30, [])) is not None:
        share = move.share
        seen.append((move.kind, share))
    assert seen == [("canary", 0.25), ("canary", 0.5), ("done", 1.0)]


def test_it_waits_for_enough_audits_and_for_a_stale_decision() -> None:
    plan = Plan(audits=30)
    assert plan.next_move(0.05, 29, []) is None
    assert plan.next_move(0.05, 30, [], stale=True) is None


@pytest.mark.parametrize("share", [0.05, 1.0])
def test_an_alarm_rolls_back_from_any_step(share: float) -> None:
    move = Plan().next_move(share, 0, ["answers differ too often"])
    assert move is not None
    assert (move.kind, move.share, move.reason) == ("rollback", 0.0, "answers differ too often")


def test_what_is_rolled_back_stays_there() -> None:
    assert Plan().next_move(0.0, 1000, ["alarm"]) is None


def test_about_the_share_of_keys_goes_small_and_each_always_the_same_way() -> None:
    keys = [f"session-{k}" for k in range(4000)]
    small = [k for k in keys if goes_small(k, 0.25)]
    assert 900 < len(small) < 1100
    assert all(goes_small(k, 0.25) for k in small)
    assert not any(goes_small(k, 0.0) for k in keys)


@pytest.mark.parametrize("steps", [(), (0.5,), (0.5, 0.25, 1.0), (0.0, 1.0)])
def test_steps_rise_and_end_with_everything(steps: tuple[float, ...]) -> None:
    with pytest.raises(DecisionError, match="steps"):
        Plan(steps)


def test_a_canary_is_a_share() -> None:
    with pytest.raises(DecisionError, match="canary"):
        Plan.starting_at(0.0)
