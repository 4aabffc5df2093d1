import numpy as np
import pytest

from modicum.candidates.blend import blend_heads, choose_shares
from modicum.candidates.head import LinearHead


def test_the_head_that_is_always_right_gets_the_share() -> None:
    right = np.array([[2.0, 0.0], [0.0, 2.0]], np.float32)
    shares, _ = choose_shares([-right, right], np.array([0, 1]))
    assert shares == (0.0, 1.0)


def test_heads_that_err_on_different_texts_share() -> None:
    first = np.array([[3.0, 0], [3.0, 0], [1.0, 0]], np.float32)
    second = np.array([[0, 1.0], [3.0, 0], [0, 3.0]], np.float32)
    shares, _ = choose_shares([first, second], np.array([0, 0, 1]))
    assert all(share > 0 for share in shares)


def test_without_examples_shares_are_equal() -> None:
    none = np.zeros((0, 2), np.float32)
    assert choose_shares([none, none], np.zeros(0, np.int64)) == ((0.5, 0.5), 1.0)


def test_a_blend_scores_the_weighted_sum_of_its_heads() -> None:
    classes = ("a", "b")
    one = LinearHead(np.array([[2.0, 0.0]], np.float32), np.array([1, 0], np.float32), classes, 2)
    two = LinearHead(np.array([[0.0, 4.0]], np.float32), np.array([0, 3], np.float32), classes, 1)
    both = blend_heads([one, two], (0.25, 0.75), 1.0)
    scores = np.array([1.0, 1.0]) @ both.weights + both.intercept
    assert scores.tolist() == pytest.approx([0.25 * (2 + 1) / 2, 0.75 * (4 + 3)])
