from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from modicum.candidates import Examples, find_recipe, load_candidate
from modicum.candidates.export_form import AGREEMENT
from modicum.candidates.finetuned import FineTunedRecipe
from modicum.candidates.supervised import Course, _batches
from modicum.candidates.taught import TaughtStudent
from modicum.errors import CandidateError, MissingExtraError

pytestmark = pytest.mark.assets


def examples(rows: list[tuple[str, str]]) -> Examples:
    classes = ("ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM")
    return Examples(tuple(t for t, _ in rows), tuple(c for _, c in rows), classes)


@pytest.fixture(scope="session")
def rows(trec: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [row for row in trec if row[1] != "ABBR"][:600]


@pytest.fixture(scope="session")
def taught(rows: list[tuple[str, str]]) -> TaughtStudent:
    """Taught on 160 questions; 40 choose."""
    for package in ("torch", "transformers", "onnx"):
        pytest.importorskip(package, reason="needs modicum[finetune]")
    options: dict[str, object] = {"epochs": 4, "layers": 3}
    made = FineTunedRecipe().fit(
        examples(rows[:160]), examples(rows[160:200]), name="f", seed=0, options=options
    )
    assert isinstance(made, TaughtStudent)
    return made


def test_every_epoch_has_every_text_once_in_an_order_of_its_own() -> None:
    batches = list(_batches(50, 2, seed=0))
    first, second = np.concatenate(batches[:2]), np.concatenate(batches[2:])
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(50))
    assert first.tolist() != second.tolist()


def test_few_texts_are_read_more_often_unless_the_epochs_are_given() -> None:
    epochs = [Course().passes(texts) for texts in (20, 1_000, 3_767, 100_000)]
    assert epochs == sorted(epochs, reverse=True)
    assert epochs[0] > epochs[-1] >= 4
    assert Course(epochs=3).passes(20) == 3


@pytest.mark.parametrize("options", [{"layers": 7}, {"layers": 0}, {"epochs": -1}, {"rate": 1.0}])
def test_options_out_of_range_are_refused_before_any_work(
    rows: list[tuple[str, str]], options: dict[str, object]
) -> None:
    fit = examples(rows[:60])
    with pytest.raises(CandidateError, match="give 1 to 6 layers"):
        find_recipe("finetuned").fit(fit, fit.none(), name="f", seed=0, options=options)


def test_without_torch_the_message_names_the_extra(
    rows: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    fit = examples(rows[:60])
    with pytest.raises(MissingExtraError, match="finetune"):
        find_recipe("finetuned").fit(fit, fit.none(), name="f", seed=0, options={})


def test_two_hundred_real_questions_teach_far_more_than_chance(
    rows: list[tuple[str, str]], taught: TaughtStudent
) -> None:
    asked = examples(rows[200:])
    right = np.mean(
        [a == c for a, c in zip(taught.answer(asked.inputs).values, asked.references, strict=True)]
    )
    common = max(asked.references.count(name) for name in asked.classes) / len(asked)
    assert right > common + 0.3


def test_the_export_keeps_the_answers_or_says_what_it_would_change(taught: TaughtStudent) -> None:
    export = taught.export
    assert export is not None
    assert export.agreement >= AGREEMENT
    assert all(share < AGREEMENT for _, share in export.refused)
    assert export.agreement >= AGREEMENT
    assert taught.notes == (str(export),)


def test_saved_and_loaded_it_answers_alike(
    rows: list[tuple[str, str]], taught: TaughtStudent, tmp_path: Path
) -> None:
    taught.save(tmp_path)
    again = load_candidate(tmp_path, name="f")
    texts = [text for text, _ in rows[200:260]]
    before, after = taught.answer(texts), again.answer(texts)
    assert before.values == after.values
    assert before.confidence == after.confidence


def test_the_head_served_is_the_one_that_taught_the_encoder(
    rows: list[tuple[str, str]], taught: TaughtStudent
) -> None:
    """ONNX Runtime and torch see the same vectors, so the head fits what it was taught on."""
    seen = examples(rows[:160])
    width = taught.encoder.sentences.width  # type: ignore[attr-defined]
    own = taught.encoder.sentences.encode(seen.inputs) @ taught.head.weights[-width:]  # type: ignore[attr-defined]
    scores = own + taught.head.intercept
    right = [
        seen.classes[i] == c for i, c in zip(scores.argmax(axis=1), seen.references, strict=True)
    ]
    assert np.mean(right) > 0.9


def test_a_class_without_examples_is_never_answered(
    rows: list[tuple[str, str]], taught: TaughtStudent
) -> None:
    answers = taught.answer([text for text, _ in rows[200:300]])
    assert answers.classes is not None
    assert answers.classes[0] == "ABBR"
    assert answers.probabilities is not None
    assert answers.probabilities[:, 0].max() == 0
