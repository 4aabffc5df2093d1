import numpy as np
import pytest

from modicum.candidates.tfidf import Terms, TfIdf

TEXTS = ("my card is late", "the card, the card!", "where is the money?", "money back")


def test_weights_are_those_of_the_formula() -> None:
    encoder = TfIdf.fit(["a b", "a c"], Terms())
    row = encoder.encode(["a b b"]).toarray()[0]
    often, rare = np.log(3 / 3) + 1, (1 + np.log(2)) * (np.log(3 / 2) + 1)
    length = np.hypot(often, rare)
    assert row.tolist() == pytest.approx([0, often / length, rare / length, 0])


def test_each_block_has_length_one() -> None:
    encoder = TfIdf.fit(TEXTS, Terms(words=2, chars_from=2, chars_to=3))
    row = encoder.encode(["card money"]).toarray()[0]
    at = encoder.words.width
    assert np.linalg.norm(row[:at]) == pytest.approx(1)
    assert np.linalg.norm(row[at:]) == pytest.approx(1)


def test_an_empty_text_is_a_row_of_zeros() -> None:
    assert TfIdf.fit(TEXTS, Terms()).encode([""]).nnz == 0


@pytest.mark.parametrize("terms", [Terms(), Terms(words=3, chars_from=2, chars_to=5)])
def test_the_lean_path_equals_the_batch_path(terms: Terms) -> None:
    encoder = TfIdf.fit(TEXTS, terms)
    weights = np.random.default_rng(0).normal(size=(encoder.width, 3)).astype(np.float32)
    texts = [*TEXTS, "", "Unknown wörds only", "card " * 30]
    batch = encoder.project(texts, weights)
    lean = np.array([encoder.project_one(text, weights) for text in texts])
    assert np.abs(batch - lean).max() < 1e-5


def test_what_was_saved_encodes_exactly_the_same() -> None:
    encoder = TfIdf.fit(TEXTS, Terms(words=2, chars_from=2, chars_to=4, min_count_chars=1))
    again = TfIdf.from_parts(encoder.parts())
    assert (encoder.encode(TEXTS) != again.encode(TEXTS)).nnz == 0
