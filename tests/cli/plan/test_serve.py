"""A request and a month: own hardware, hosted, or from a published figure."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Plain = Callable[..., Any]
Run = Callable[..., Any]


def test_prompt_answer_and_month_are_priced(plain: Plain) -> None:
    told = plain("serve", "--params", "8e9", "--batch", "8", "--requests-per-month", "1e6")
    assert told["parts_wh"]["prompt"]["value"] > 0
    assert told["embodied_g"]["value"] > 0
    month = told["month"]["energy_kwh"]["value"]
    assert month == pytest.approx(1000 * told["energy_wh"]["value"])


def test_no_interval_of_a_request_goes_below_nothing(plain: Plain) -> None:
    told = plain("serve", "--model", "llama-3-8b", "--region", "DE")
    assert all(told[k]["low"] >= 0 for k in ("energy_wh", "carbon_g", "water_ml", "cost"))


def test_a_config_file_is_as_good_as_a_name(plain: Plain, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(
        '{"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32, '
        '"intermediate_size": 14336, "num_attention_heads": 32, "num_key_value_heads": 8, '
        '"vocab_size": 128256, "tie_word_embeddings": false}'
    )
    read = plain("serve", "--config", str(config))["energy_wh"]["value"]
    named = plain("serve", "--model", "llama-3-8b")["energy_wh"]["value"]
    assert read == pytest.approx(named, rel=0.01)


def test_a_median_is_not_multiplied_into_a_total_without_a_warning(plain: Plain) -> None:
    words = ("serve", "--wh-per-request", "0.24", "--requests-per-month", "1e6")
    assert plain(*words)["month"]["energy_kwh"]["value"] == pytest.approx(240)
    assert not plain(*words)["warnings"]
    assert "median quoted as mean" in plain(*words, "--statistic", "median")["warnings"][0]


def test_a_table_of_a_request_fits_80_columns(run: Run) -> None:
    code, out, _ = run("serve", "--model", "mixtral-8x7b", "--requests-per-month", "1e6")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        ((), "--hosted provider/model"),
        (("--params", "8e9", "--model", "llama-3-8b"), "more than one"),
        (("--params", "8e9", "--chip", "h10"), "nearest is h100"),
        (("--model", "mixtral"), "nearest is mixtral-8x7b"),
        (("--params", "8e9", "--region", "Frnce"), "FRA"),
        (("--params", "8e9", "--tokens-out", "-1"), "at least 0"),
        (("--params", "8e9", "--batch", "0"), "below its limit of 1"),
        (("--params", "70e9", "--chips", "1"), "weights take 140 GB"),
        (("--params", "8e9", "--total-params", "7e9"), "total cannot be smaller"),
        (("--params", "8e9", "--engine", "tgi"), "vllm or transformers"),
        (("--params", "8e9", "--pue", "0.8"), "below its limit of 1"),
        (("--params", "8e9", "--batch", "1", "--requests-per-hour", "1e7"), "give more chips"),
        (("--wh-per-request", "1", "--statistic", "mode"), "mean or median"),
    ],
)
def test_bad_input_is_one_sentence(refused: Run, words: tuple[str, ...], cure: str) -> None:
    assert cure in refused("serve", *words)
