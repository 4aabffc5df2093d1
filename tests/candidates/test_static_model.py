import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from modicum.candidates.assets import MINILM_WEIGHTS, has_asset
from modicum.candidates.static_model import Model2VecRecipe, StaticModel
from modicum.candidates.token_distillation import distil
from modicum.checks.candidate import check_recipe
from modicum.errors import CandidateError

library = pytest.importorskip("model2vec", reason="needs modicum[size]")

TOKENS = ("[PAD]", "[UNK]", "refund", "money", "late", "train", "my", "the", "##s", "?", "where")
TEXTS = ("Where, the trains?", "money money", "", "zzz", "the zzz refund", "late " * 40)


def model_of(kept: int = len(TOKENS), **told: Any) -> Any:
    vocabulary = {token: i for i, token in enumerate(TOKENS)}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = BertNormalizer(), BertPreTokenizer()
    vectors = np.random.default_rng(3).normal(size=(kept, 6)).astype(np.float16)
    return library.StaticModel(vectors, tokenizer, **told)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    model_of(normalize=True).save_pretrained(tmp_path / "model")
    return tmp_path / "model"


@pytest.mark.parametrize(
    "told",
    [
        {"normalize": True},
        {"normalize": False},
        {"normalize": True, "max_length": 3},
        {"normalize": False, "weights": np.linspace(0.1, 2, len(TOKENS))},
        {"normalize": True, "kept": 4, "token_mapping": np.arange(len(TOKENS)) % 4},
    ],
)
def test_a_text_is_encoded_as_the_library_encodes_it(told: dict[str, Any]) -> None:
    model = model_of(**told)
    expected = model.encode(list(TEXTS)).astype(np.float32)
    assert np.abs(StaticModel.of(model).encode(TEXTS) - expected).max() < 2e-3  # its float16


def test_the_lean_path_equals_the_batch_path() -> None:
    weights = np.random.default_rng(4).normal(size=(6, 3)).astype(np.float32)
    for normalize in (True, False):
        encoder = StaticModel.of(model_of(normalize=normalize))
        batch = encoder.project(TEXTS, weights)
        lean = np.stack([encoder.project_one(text, weights) for text in TEXTS])
        assert np.abs(batch - lean).max() < 1e-5


def test_a_model_from_a_folder_conforms(folder: Path) -> None:
    check_recipe(Model2VecRecipe(), {"model": str(folder)})


def test_a_saved_candidate_needs_neither_folder_nor_library(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = StaticModel.open(folder)
    before = encoder.encode(TEXTS)
    parts = encoder.parts()
    for path in folder.iterdir():
        path.unlink()
    monkeypatch.setitem(sys.modules, "model2vec", None)
    again = StaticModel.from_parts(
        type(parts)(json.loads(json.dumps(parts.document)), parts.arrays)
    )
    assert np.array_equal(again.encode(TEXTS), before)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_folder_that_is_no_model_is_refused_with_the_cure(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"\xff{}")
    with pytest.raises(CandidateError, match="is no model of model2vec"):
        StaticModel.open(folder)
    (folder / name).unlink()
    with pytest.raises(CandidateError, match=f"has no {name}: give as `model` a folder"):
        StaticModel.open(folder)


@pytest.mark.assets
@pytest.mark.skipif(
    not has_asset(MINILM_WEIGHTS) or any(find_spec(m) is None for m in ("torch", "skeletoken")),
    reason="needs modicum[finetune] and the encoder's weights",
)
def test_a_distilled_model_has_the_task_s_own_words_and_reads_nothing_of_their_padding() -> None:
    few = r"(?!(?:trainspotters|##s|train|river|##spot|##ters|late|was|the)$)"
    model = StaticModel.of(distil(("trainspotters", "train"), None, unused=few))
    spotters, train, river = model.encode(("trainspotters", "train", "river"))
    assert spotters @ train > spotters @ river
    document = json.loads(str(model.parts().document["tokenizer"]))
    assert "trainspotters" in document["model"]["vocab"]
