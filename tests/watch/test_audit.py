"""Which requests are audited, with which probability, and within which budget."""

from __future__ import annotations

import random

import pytest

from modicum.errors import DecisionError
from modicum.watch.audit import Audit, Budget, Choice, Sampler

DAY = 86_400.0


def test_audits_are_chosen_at_the_rate_and_say_so() -> None:
    sampler = Sampler(0.1, random.Random(1))
    chosen = [sampler.choose(0.0) for _ in range(5000)]
    found = [c for c in chosen if c is not None]
    assert 430 < len(found) < 570
    assert set(found) == {Choice(0.1, 0.1)}


def test_unsure_answers_are_audited_more_and_weigh_less() -> None:
    sampler = Sampler(0.1, random.Random(2), unsure=0.6, unsure_rate=0.4)
    sure = [sampler.choose(0.0, 0.9) for _ in range(2000)]
    unsure = [sampler.choose(0.0, 0.5) for _ in range(2000)]
    assert 700 < sum(c is not None for c in unsure) < 900
    assert 150 < sum(c is not None for c in sure) < 250
    assert {c.thinning for c in unsure if c} == {0.25}


def test_a_spent_budget_stops_audits_until_the_next_day() -> None:
    sampler = Sampler(1.0, random.Random(3), Budget(energy_j=10.0))
    assert sampler.choose(5.0) is not None
    sampler.budget.spend(5.0, 11.0, None)
    assert sampler.choose(6.0) is None
    assert sampler.choose(DAY + 1) is not None


def test_money_is_a_budget_too() -> None:
    budget = Budget(money=0.5)
    budget.spend(0.0, None, 0.5)
    assert not budget.left(1.0)


@pytest.mark.parametrize("loss", [-0.1, 1.1, float("nan")])
def test_a_loss_outside_0_to_1_is_refused(loss: float) -> None:
    with pytest.raises(DecisionError, match=r"\[0, 1\]"):
        Audit("audit", loss, Choice(0.1, 0.1))


def test_rates_are_shares() -> None:
    with pytest.raises(DecisionError, match="rate"):
        Sampler(1.5, random.Random(1))
    with pytest.raises(DecisionError, match="unsure_rate"):
        Sampler(0.5, random.Random(1), unsure_rate=0.1)
