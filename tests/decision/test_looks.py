import pytest

from modicum.decision.looks import alpha_for_look, alpha_left
from modicum.errors import DecisionError


def test_looks_never_spend_more_than_the_error_rate() -> None:
    spent: list[float] = []
    for _ in range(5):
        spent.append(alpha_for_look(0.95, spent, share=0.5))
    assert sum(spent) < 0.05
    assert alpha_left(0.95, spent) == pytest.approx(0.05 / 32)


def test_a_spent_judge_split_asks_for_fresh_examples() -> None:
    with pytest.raises(DecisionError, match="fresh examples"):
        alpha_for_look(0.95, [0.05])


@pytest.mark.parametrize("share", [0.0, 1.5])
def test_a_share_outside_its_range_is_refused(share: float) -> None:
    with pytest.raises(DecisionError, match="share is"):
        alpha_for_look(0.95, [], share)


def test_an_impossible_earlier_look_is_refused() -> None:
    with pytest.raises(DecisionError, match="spent nan"):
        alpha_left(0.95, [float("nan")])
