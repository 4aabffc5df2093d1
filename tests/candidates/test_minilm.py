import numpy as np
import pytest

from modicum.candidates.assets import MINILM_ONNX, MINILM_TOKENIZER, has_asset
from modicum.candidates.minilm import SIZE, MiniLm

pytestmark = [
    pytest.mark.assets,
    pytest.mark.skipif(
        not (has_asset(MINILM_ONNX) and has_asset(MINILM_TOKENIZER)),
        reason="the sentence encoder is not installed",
    ),
]


def test_a_paraphrase_is_nearer_than_another_subject() -> None:
    card, same, other = MiniLm.open().encode(
        ["my card has not arrived", "I still wait for my card", "how high is Everest"]
    )
    assert card @ same > 0.6 > 0.3 > card @ other


def test_a_vector_does_not_depend_on_its_neighbours() -> None:
    encoder = MiniLm.open(opening=2)
    texts = ["short", "a much longer text that pads the short one " * 5, "third"]
    batch = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert np.abs(batch - alone).max() < 1e-4


def test_the_opening_of_an_empty_text_is_padded_with_zeros() -> None:
    found = MiniLm.open(opening=4).encode([""])[0].reshape(5, SIZE)
    assert [bool(state.any()) for state in found] == [True, True, True, False, False]


def test_what_a_machine_cannot_encode_is_replaced() -> None:
    assert np.isfinite(MiniLm.open().encode(["\ud800", "x" * 1_000_000])).all()
