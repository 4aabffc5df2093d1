from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from modicum.candidates import export_form
from modicum.candidates.export_form import FORMS, Export, choose_form, in_form
from modicum.candidates.layers import open_encoder
from modicum.candidates.minilm import MiniLm
from modicum.candidates.onnx_export import exported
from modicum.candidates.tuned import TunedMiniLm
from modicum.candidates.weight_codes import column_codes, row_codes, smoothing

pytestmark = pytest.mark.assets


def test_rows_come_back_within_half_a_step_and_a_row_of_noughts_stays() -> None:
    weights = np.random.default_rng(0).normal(size=(20, 8)).astype(np.float32)
    weights[3] = 0
    codes, scales = row_codes(weights)
    assert (np.abs(codes * scales - weights) <= scales / 2 + 1e-6).all()
    assert (codes[3] == 0).all()


def test_codes_for_given_inputs_change_their_products_less_than_plain_rounding() -> None:
    rng = np.random.default_rng(1)
    inputs = (rng.normal(size=(400, 40)) @ rng.normal(size=(40, 40))).astype(np.float32)
    weights = rng.normal(size=(40, 16)).astype(np.float32)
    codes, scales = column_codes(weights, inputs)
    plain = np.rint(weights / scales) * scales
    error, before = (np.linalg.norm(inputs @ (w - weights)) for w in (codes * scales, plain))
    assert error < 0.8 * before


def test_smoothing_divides_an_outlier_most() -> None:
    inputs = np.ones((5, 3), np.float32) * [1, 50, 1]
    divisors = smoothing(inputs.astype(np.float32), np.ones((3, 2), np.float32))
    assert divisors.argmax() == 1
    assert np.log(divisors).mean() == pytest.approx(0, abs=1e-6)


@pytest.fixture(scope="module")
def whole() -> bytes:
    torch = pytest.importorskip("torch", reason="needs modicum[finetune]")
    pytest.importorskip("transformers", reason="needs modicum[finetune]")
    pytest.importorskip("onnx", reason="needs modicum[finetune]")
    return exported(torch, open_encoder().eval())


@pytest.fixture(scope="module")
def made(whole: bytes, trec: list[tuple[str, str]]) -> dict[str, bytes]:
    ids = MiniLm.open().tokens([text for text, _ in trec[100:160]])
    return {form: in_form(whole, form, ids) for form in FORMS}


def quantised(whole: bytes, folder: Path) -> bytes:
    """By ONNX Runtime's own dynamic quantisation."""
    (folder / "whole.onnx").write_bytes(whole)
    tools = import_module("onnxruntime.quantization")
    tools.quantize_dynamic(
        folder / "whole.onnx",
        folder / "small.onnx",
        weight_type=tools.QuantType.QInt8,
        per_channel=True,
    )
    return (folder / "small.onnx").read_bytes()


def test_lighter_forms_are_smaller_and_nearer_than_plain_int8(
    whole: bytes, made: dict[str, bytes], trec: list[tuple[str, str]], tmp_path: Path
) -> None:
    texts = [text for text, _ in trec[:100]]
    before = TunedMiniLm.of(whole).encode(texts)

    def error(data: bytes) -> float:
        return float(np.linalg.norm(TunedMiniLm.of(data).encode(texts) - before))

    sizes = [len(data) for data in made.values()]
    assert sizes == sorted(sizes)
    assert sizes[0] < 0.28 * sizes[-1]
    errors = [error(data) for data in made.values()]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] < 0.7 * error(quantised(whole, tmp_path))


def test_an_int8_answer_does_not_depend_on_its_neighbours(
    made: dict[str, bytes], trec: list[tuple[str, str]]
) -> None:
    texts = [text for text, _ in trec[:40]]
    encoder = TunedMiniLm.of(made["int8"])
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert np.abs(alone - encoder.encode(texts)).max() < 0.02


def test_the_lightest_form_that_keeps_the_answers_is_taken(
    made: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_form, "in_form", lambda _, form, __: made[form])
    changed = {"int8": 3, "int8-half": 1, "half": 0, "fp32": 0}
    by_size = {len(made[form]): n for form, n in changed.items()}

    def answer(data: bytes) -> list[str]:
        return ["other"] * by_size[len(data)] + ["same"] * (200 - by_size[len(data)])

    data, export = choose_form(made["fp32"], (), answer)
    assert (export.form, export.agreement) == ("int8-half", 0.995)
    assert export.refused == (("int8", 0.985),)
    assert export.size == len(data)
    assert "refused, for fewer than 99.5%: int8 98.50%" in str(export)


def test_the_note_says_how_little_a_few_texts_prove() -> None:
    assert "at least 98.1%" in str(Export("int8", 1.0, 154, 23_900_000))
    assert "at least" not in str(Export("fp32", 1.0, 154, 90_400_000))
