import math

import numpy as np
import pytest

from modicum.errors import DataError
from modicum.tasks import losses
from modicum.tasks.spec import TaskSection


def section(**extra: object) -> TaskSection:
    plain = {"name": "t", "data": "d", "input": "i", "reference": "r"}
    return TaskSection.model_validate(plain | extra)


def test_no_answer_is_a_wrong_answer() -> None:
    assert losses(section(), ["a", "b", "a"], ["a", "a", None]).tolist() == [0, 1, 1]


def test_log_loss_is_clipped_to_one() -> None:
    p = np.array([[0.9, 0.1], [0.2, 0.8], [1.0, 0.0]])
    found = losses(section(metric="log_loss"), ["a", "a", "b"], ["a", "b", "a"], p, ("a", "b"))
    assert found.tolist() == pytest.approx([-math.log(0.9), 1.0, 1.0])


def test_log_loss_of_a_class_the_candidate_never_saw_is_full() -> None:
    p = np.array([[0.9, 0.1]])
    assert losses(section(metric="log_loss"), ["c"], ["a"], p, ("a", "b")).tolist() == [1.0]


def test_log_loss_without_probabilities_is_refused() -> None:
    with pytest.raises(DataError, match="needs probabilities"):
        losses(section(metric="log_loss"), ["a"], ["a"])


def test_costs_are_shares_of_the_worst_one() -> None:
    matrix = {"a": {"b": 1.0}, "b": {"a": 10.0}}
    found = losses(
        section(metric="cost", costs=matrix), ["a", "b", "a", "b"], ["b", "a", None, "b"]
    )
    assert found.tolist() == [0.1, 1.0, 1.0, 0.0]


def test_a_costs_matrix_naming_a_class_nobody_has_is_refused() -> None:
    with pytest.raises(DataError, match="names class 'z'"):
        losses(section(metric="cost", costs={"z": {"a": 1.0}}), ["a"], ["a"])
