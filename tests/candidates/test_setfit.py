from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from modicum.candidates import Examples, find_recipe, load_candidate
from modicum.candidates.export_form import AGREEMENT
from modicum.candidates.finetune import batches_of
from modicum.candidates.layers import by_length
from modicum.errors import CandidateError, MissingExtraError

pytestmark = pytest.mark.assets


def examples(rows: list[tuple[str, str]], classes: tuple[str, ...]) -> Examples:
    return Examples(tuple(t for t, _ in rows), tuple(c for _, c in rows), classes)


def test_in_a_batch_every_text_of_a_class_with_others_has_company() -> None:
    targets = np.repeat(np.arange(40), 6)
    rows = list(batches_of(targets, np.random.default_rng(0)))
    assert sorted(np.concatenate(rows).tolist()) == list(range(240))
    assert all(len(batch) <= 64 for batch in rows)
    for batch in rows:
        assert np.bincount(targets[batch])[np.unique(targets[batch])].min() >= 2


def test_a_batch_is_cut_by_length_and_loses_no_text() -> None:
    lengths = np.random.default_rng(0).integers(1, 60, 64).tolist()
    parts = by_length(lengths)
    assert sorted(np.concatenate(parts).tolist()) == list(range(64))
    padded = sum(len(part) * max(lengths[i] for i in part) for part in parts)
    assert padded < 0.75 * 64 * max(lengths)
    assert by_length([3]) != []


def test_options_out_of_range_are_refused_before_any_work(trec: list[tuple[str, str]]) -> None:
    fit = examples(trec[:60], tuple(sorted({c for _, c in trec})))
    for options in ({"layers": 7}, {"epochs": 0}, {"rate": 1.0}):
        with pytest.raises(CandidateError, match="1 to 6 layers"):
            find_recipe("setfit").fit(fit, fit.none(), name="s", seed=0, options=dict(options))


def test_without_torch_the_message_names_the_extra(
    trec: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    fit = examples(trec[:60], tuple(sorted({c for _, c in trec})))
    with pytest.raises(MissingExtraError, match="finetune"):
        find_recipe("setfit").fit(fit, fit.none(), name="s", seed=0, options={})


def test_a_taught_encoder_is_exported_saved_and_answers_the_same(
    trec: list[tuple[str, str]], tmp_path: Path
) -> None:
    pytest.importorskip("torch", reason="needs modicum[finetune]")
    pytest.importorskip("transformers", reason="needs modicum[finetune]")
    pytest.importorskip("onnx", reason="needs modicum[finetune]")
    rows = [row for row in trec if row[1] in ("HUM", "LOC", "NUM")][:200]
    classes = ("HUM", "LOC", "NUM")
    fit, tune = examples(rows[:90], classes), examples(rows[90:120], classes)
    made = find_recipe("setfit").fit(
        fit, tune, name="s", seed=0, options={"epochs": 1, "layers": 1}
    )
    export = made.export  # type: ignore[attr-defined]
    assert export.agreement >= AGREEMENT
    assert all(share < AGREEMENT for _, share in export.refused)
    assert export.size == len(made.encoder.parts().arrays["sentences.onnx"])  # type: ignore[attr-defined]
    folder = tmp_path / "s"
    folder.mkdir()
    made.save(folder)
    again = load_candidate(folder, name="s")
    texts = [text for text, _ in rows[120:]]
    assert again.answer(texts).values == made.answer(texts).values
    right = sum(a == c for a, (_, c) in zip(made.answer(texts).values, rows[120:], strict=True))
    assert right > 0.6 * len(texts)
