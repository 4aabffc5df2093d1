import numpy as np
import pytest

from modicum.candidates.word_vectors import WordVectors

VECTORS = np.array([[1, 0], [0, 2]], np.float32)


def test_a_text_is_the_mean_maximum_and_minimum_of_its_words_and_its_opening() -> None:
    vectors = WordVectors(["the", "card"], VECTORS)
    mean_x, mean_y, *rest = vectors.encode(["the card qqq"])[0].tolist()
    assert rest == [1, 2, 0, 0, 1, 0, 0, 2, 0, 0]
    assert mean_y > 2 * mean_x  # the rarer word weighs more


def test_a_text_of_unknown_words_is_zeros() -> None:
    assert WordVectors(["the", "card"], VECTORS).encode(["q", ""]).any() == np.False_


def test_the_lean_path_equals_the_batch_path() -> None:
    vectors = WordVectors(["the", "card"], VECTORS)
    weights = np.arange(24, dtype=np.float32).reshape(12, 2)
    texts = ["card the card", "", "the", "q card"]
    lean = np.array([vectors.project_one(text, weights) for text in texts])
    assert lean == pytest.approx(vectors.project(texts, weights))
