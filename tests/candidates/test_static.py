import numpy as np
import pytest

from modicum.candidates.assets import MINILM_ONNX, MINILM_TOKENIZER, has_asset
from modicum.candidates.minilm import MiniLm
from modicum.candidates.static import Static
from modicum.candidates.words import Words
from modicum.errors import CandidateError

VECTORS = np.array([[0, 0], [3, 0], [0, 4]], np.float32)


def test_a_text_is_the_sum_of_its_words_at_length_one() -> None:
    static = Static(Words(["a", "b"]), VECTORS, opening=0)
    found = static.encode(["a b q", "A a", "q"])
    assert found.tolist() == pytest.approx(np.array([[0.6, 0.8], [1, 0], [0, 0]]))


def test_the_first_words_stand_for_themselves_known_or_not() -> None:
    static = Static(Words(["a", "b"]), VECTORS, opening=2)
    found = static.encode(["b q a", "a", ""])[:, 2:]
    assert found.tolist() == [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]


def test_one_saved_before_openings_were_read_answers_as_it_did() -> None:
    parts = Static(Words(["a", "b"]), VECTORS, opening=0).parts()
    del parts.document["opening"]
    assert Static.from_parts(parts).encode(["b"]).tolist() == [[0, 1]]


def test_the_lean_path_equals_the_batch_path() -> None:
    static = Static(Words(["a", "b"]), VECTORS)
    weights = np.arange(16, dtype=np.float32).reshape(8, 2) - 7
    for text in ("a b b", "", "q"):
        lean, batch = static.project_one(text, weights), static.project([text], weights)[0]
        assert lean.tolist() == pytest.approx(batch.tolist())


def test_a_word_without_a_vector_is_refused() -> None:
    with pytest.raises(CandidateError, match="2 vectors for 3 words"):
        Static(Words(["a", "b"]), VECTORS[:2])


@pytest.mark.assets
def test_a_distilled_model_knows_words_it_never_saw_in_the_examples() -> None:
    if not (has_asset(MINILM_ONNX) and has_asset(MINILM_TOKENIZER)):
        pytest.skip("the sentence encoder is not installed")
    static = Static.distil(["the train was late"], MiniLm.open(), most=3000)
    late, train, river = static.encode(["train", "railway", "river"])[:, : static.size]
    assert late @ train > late @ river
