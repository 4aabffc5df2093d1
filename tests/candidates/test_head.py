import numpy as np
import pytest

from modicum.candidates.head import LinearHead, fit_temperature
from modicum.errors import CandidateError

HEAD = LinearHead(np.eye(2, dtype=np.float32), np.zeros(2, np.float32), ("no", "yes"), 0.5)


def test_confidence_is_the_softmax_at_the_temperature() -> None:
    answers = HEAD.answers(np.array([[0.0, 1.0], [3.0, 0.0]], np.float32))
    assert answers.values == ("yes", "no")
    assert answers.confidence == pytest.approx((1 / (1 + np.exp(-2)), 1 / (1 + np.exp(-6))))


def test_one_text_is_answered_as_in_a_batch() -> None:
    row = np.array([0.2, 0.7], np.float32)
    one, batch = HEAD.answer_one(row), HEAD.answers(row[None])
    assert (one.values, one.classes) == (batch.values, batch.classes)
    assert one.confidence == pytest.approx(batch.confidence)


def test_a_column_without_a_class_is_refused() -> None:
    with pytest.raises(CandidateError, match="give one column"):
        LinearHead(np.zeros((2, 3), np.float32), np.zeros(2, np.float32), ("a", "b"))


def test_a_head_that_is_right_half_the_time_at_nine_to_one_is_cooled_to_evens() -> None:
    scores = np.array([[np.log(9), 0.0]] * 4, np.float32)
    assert fit_temperature(scores, np.array([0, 0, 1, 1])) > 100


def test_a_head_that_is_right_as_often_as_it_says_keeps_its_temperature() -> None:
    scores = np.array([[np.log(3), 0.0]] * 4, np.float32)
    assert fit_temperature(scores, np.array([0, 0, 0, 1])) == pytest.approx(1, abs=0.01)


def test_without_examples_the_temperature_is_one() -> None:
    assert fit_temperature(np.zeros((0, 2), np.float32), np.zeros(0, np.int64)) == 1
