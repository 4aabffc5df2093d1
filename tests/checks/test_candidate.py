from collections.abc import Sequence
from pathlib import Path

import pytest

from modicum.candidates.assets import (
    GLOVE_VECTORS,
    GLOVE_WORDS,
    MINILM_ONNX,
    MINILM_TOKENIZER,
    MINILM_WEIGHTS,
    has_asset,
)
from modicum.candidates.majority import Majority, MajorityRecipe
from modicum.candidates.protocol import Answers, Examples
from modicum.candidates.registry import BUILT_IN, find_recipe
from modicum.checks.candidate import check_recipe

OPTIONS: dict[str, dict[str, object]] = {
    "finetuned": {"epochs": 2},
    "static": {"most": 50},
    "router": {"targets": ["naive-bayes", "tfidf-logistic"]},
    "cascade": {"stages": ["naive-bayes", "tfidf-logistic"]},
}
FORMS = {
    "arithmetic": "numeric",
    "cache-exact": "generate",
    "cache-minilm": "generate",
    "gazetteer": "extract",
    "minilm-labels": "multi-label",
    "patterns": "extract",
    "span": "grounded",
    "choice": "listed",
    "tagger": "extract",
    "tfidf-labels": "multi-label",
}
NEEDED = {
    "cache-minilm": (MINILM_ONNX, MINILM_TOKENIZER),
    "choice": (MINILM_ONNX, MINILM_TOKENIZER),
    "minilm-labels": (MINILM_ONNX, MINILM_TOKENIZER),
    "finetuned": (MINILM_ONNX, MINILM_WEIGHTS),
    "setfit": (MINILM_ONNX, MINILM_WEIGHTS),
    "word-vectors": (GLOVE_VECTORS, GLOVE_WORDS),
    "static": (MINILM_ONNX, MINILM_TOKENIZER),
    "minilm-logistic": (MINILM_ONNX, MINILM_TOKENIZER),
    "minilm-tfidf": (MINILM_ONNX, MINILM_TOKENIZER),
}


@pytest.mark.parametrize("name", sorted({*BUILT_IN} - {"llm", "recorded", "out-of-scope"}))
def test_every_built_in_recipe_conforms(name: str) -> None:
    if name in ("setfit", "finetuned"):
        for package in ("torch", "transformers", "onnx"):
            pytest.importorskip(package, reason="needs the extra for fine-tuning")
    for asset in NEEDED.get(name, ()):
        if not has_asset(asset):
            pytest.skip(f"{asset.what} is not installed: {asset.command}")
    tolerance = (
        0.05 if "minilm" in name or name == "choice" else 1e-4
    )  # padding moves int8 sums a little
    check_recipe(
        find_recipe(name),
        OPTIONS.get(name, {}),
        form=FORMS.get(name, "classify"),
        tolerance=tolerance if name in FORMS else 1e-4,
    )


class Broken(MajorityRecipe):
    """A majority whose answers are spoilt by `spoil`."""

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> Majority:
        made = super().fit(fit, tune, name=name, seed=seed, options=options)
        return Spoilt(made.name, made.classes, made.shares)


class Spoilt(Majority):
    def answer(self, batch: Sequence[str]) -> Answers:
        answers = super().answer(batch)
        return Answers(answers.values[:-1] if len(batch) > 1 else answers.values)


def test_a_recipe_that_loses_an_answer_is_caught() -> None:
    with pytest.raises(AssertionError, match="11 values for 12 inputs"):
        check_recipe(Broken())


class Careless(MajorityRecipe):
    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> Majority:
        return super().fit(fit, tune, name=name, seed=seed, options={})


def test_a_recipe_that_ignores_unknown_options_is_caught() -> None:
    with pytest.raises(AssertionError, match="unknown option was accepted"):
        check_recipe(Careless())


class Trusting(MajorityRecipe):
    def load(self, folder: Path, *, name: str) -> Majority:
        return Majority(name, ("ship", "refund", "hello"), (1 / 3, 1 / 3, 1 / 3))


def test_a_recipe_that_loads_anything_is_caught() -> None:
    with pytest.raises(AssertionError, match="was loaded"):
        check_recipe(Trusting())
