"""A training before it runs: exact arithmetic, predictions, traps, and bad input."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Plain = Callable[..., Any]
Run = Callable[..., Any]

FIGURE = {"value", "low", "high", "unit", "basis", "source", "boundary"}
GPT3 = ("--chips", "10000", "--watts", "330", "--days", "14.8")


def test_the_contract_holds_figures_of_energy_and_carbon(plain: Plain) -> None:
    told = plain("train", *GPT3, "--pue", "1.10", "--grid-g-per-kwh", "429")
    for name, unit in (("energy_kwh", "kWh"), ("carbon_kg", "kgCO2e")):
        assert set(told[name]) >= FIGURE
        assert told[name]["unit"] == unit
        assert told[name]["low"] < told[name]["value"] < told[name]["high"]
    assert told["kind"] == "arithmetic"


@pytest.mark.parametrize(
    ("words", "kwh", "kg"),
    [
        (("--chips", "3", "--watts", "250", "--days", "0.5"), 9.0, None),
        (("--chips", "3", "--watts", "250", "--hours", "12", "--pue", "1.5"), 13.5, None),
        (("--gpu-hours", "1000", "--watts", "400", "--grid-g-per-kwh", "57"), 400.0, 22.8),
        (
            ("--gpu-hours", "1720320", "--watts", "400", "--pue", "1.1", "--grid-g-per-kwh", "385"),
            756940.8,
            291422.208,
        ),
        (("--gpu-hours", "10", "--watts", "500", "--pue", "1", "--grid-g-per-kwh", "0"), 5.0, 0.0),
        (
            ("--chips", "1", "--watts", "12041.51", "--hours", "79.2", "--pue", "1.58"),
            1506.827,
            None,
        ),
    ],
)
def test_what_is_given_is_multiplied_and_nothing_else(
    plain: Plain, words: tuple[str, ...], kwh: float, kg: float | None
) -> None:
    told = plain("train", *words)
    assert told["energy_kwh"]["value"] == pytest.approx(kwh, rel=1e-6)
    if kg is not None:
        assert told["carbon_kg"]["value"] == pytest.approx(kg, rel=1e-6, abs=1e-9)


def test_what_is_not_given_is_assumed_widely_and_said(plain: Plain) -> None:
    told = plain("train", "--gpu-hours", "1000", "--watts", "400")
    assert told["carbon_kg"]["high"] / told["carbon_kg"]["low"] > 4
    notes = " ".join(told["assumptions"])
    assert "no PUE given" in notes
    assert "world average" in notes


def test_the_preset_prints_what_was_published_and_120_homes(run: Run) -> None:
    code, out, _ = run("train", "--preset", "gpt-3")
    assert code == 0
    assert "1,287 MWh, 552.1 t" in out
    assert "120 homes for a year" in out
    table = [line for line in out.splitlines() if "│" in line]
    assert max(map(len, table)) <= 80


def test_a_preset_takes_other_places_and_inputs(plain: Plain) -> None:
    there = plain("train", "--preset", "gpt-3", "--region", "SE", "--pue", "1.2")
    assert there["energy_kwh"]["value"] == pytest.approx(10000 * 0.33 * 355.2 * 1.2)
    assert there["carbon_kg"]["value"] < 100_000
    fewer = plain("train", "--preset", "gpt-3", "--chips", "5000")
    assert fewer["energy_kwh"]["value"] == pytest.approx(5000 * 0.33 * 355.2 * 1.1)


def test_equivalents_are_switchable_and_one_at_a_time(run: Run) -> None:
    assert "like" not in run("train", "--preset", "t5", "--like", "none")[1]
    out = run("train", "--preset", "t5", "--like", "car-km")[1]
    assert out.count("like ") == 1
    assert "km driven" in out


def test_a_prediction_tells_time_and_hire(plain: Plain) -> None:
    told = plain(
        *("train", "--model", "llama-3-8b", "--tokens", "1e12", "--chip", "h100"),
        *("--chips", "64", "--utilisation", "0.4", "--chip-hour-price", "2"),
    )
    hours = 6 * 8.03e9 * 1e12 / (989e12 * 0.4) / 3600
    assert told["kind"] == "prediction"
    assert told["chip_hours"]["value"] == pytest.approx(hours)
    assert told["time_h"]["value"] == pytest.approx(hours / 64)
    assert told["hire"]["value"] == pytest.approx(2 * hours)


def test_chips_and_hours_say_what_utilisation_they_need(plain: Plain) -> None:
    told = plain(
        *("train", "--params", "7e9", "--tokens", "1e11", "--chip", "a100"),
        *("--chips", "64", "--days", "5"),
    )
    assert any("utilisation that 64 chips and 120 h need: 0.49" in a for a in told["assumptions"])
    assert told["time_h"]["value"] == pytest.approx(120)


def test_several_are_compared_in_one_table(run: Run, plain: Plain, tmp_path: Path) -> None:
    saved = tmp_path / "mine.json"
    saved.write_text(json.dumps(plain("train", *GPT3, "--pue", "1.1")))
    words = ("train", "--params", "7e9", "--tokens", "1e12", "--chip", "h100")
    beside = ("--compare", "a100", "--compare", "t5", "--compare", str(saved))
    assert len(plain(*words, *beside)["plans"]) == 4
    code, out, _ = run(*words, *beside)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "trap"),
    [
        (("--gpu-hours", "1e6", "--watts", "330", "--grid-g-per-kwh", "0.429"), "kg for g"),
        (("--preset", "gpt-3", "--claimed-kwh", "1289"), "MWh for kWh"),
        (("--preset", "gpt-3", "--claimed-kg", "1217000"), "lb for kg"),
        (("--preset", "gpt-3", "--claimed-kwh", "1418313"), "PUE applied twice"),
        (("--gpu-hours", "9", "--watts", "330", "--pue", "1.1", "--watts-include-pue"), "PUE appl"),
        (
            ("--gpu-hours", "9", "--watts", "330", "--region", "US", "--grid-g-per-kwh", "20"),
            "market- for location-based",
        ),
        (("--gpu-hours", "9", "--watts", "330", "--search"), "NAS taken for one training"),
        (("--preset", "evolved-transformer-nas"), "NAS taken for one training"),
        (("--preset", "t5", "--claimed-kg", "284019"), "NAS taken for one training"),
        (("--gpu-hours", "9", "--watts", "400"), "TDP taken for draw"),
    ],
)
def test_each_trap_is_warned_of_by_name(plain: Plain, words: tuple[str, ...], trap: str) -> None:
    assert any(trap in w for w in plain("train", *words)["warnings"])


def test_honest_input_is_not_warned_of(plain: Plain) -> None:
    told = plain("train", *GPT3, "--pue", "1.1", "--grid-g-per-kwh", "429", "--region", "US")
    assert told["warnings"] == []


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        ((), "--preset"),
        (("--chips", "1", "--watts", "-5", "--hours", "1"), "above 0"),
        (("--chips", "1", "--watts", "5"), "--days or --hours"),
        (("--chips", "1", "--watts", "5", "--days", "1", "--hours", "2"), "give one of them"),
        (("--gpu-hours", "5", "--hours", "2", "--watts", "5"), "given twice"),
        (("--gpu-hours", "5"), "--watts"),
        (("--gpu-hours", "5", "--watts", "3", "--pue", "0.5"), "below its limit of 1"),
        (("--gpu-hours", "5", "--watts", "nan"), "watts is nan"),
        (("--gpu-hours", "5", "--watts", "3", "--grid-g-per-kwh", "-1"), "grid factor is -1"),
        (("--gpu-hours", "5", "--watts", "3", "--region", "Frnce"), "FRA"),
        (("--gpu-hours", "5", "--watts", "3", "--provider", "awz"), "aws"),
        (("--preset", "gpt4"), "nearest is gpt3"),
        (("--model", "lama-3-8b", "--tokens", "1e9", "--chip", "h100"), "llama-3-8b"),
        (("--params", "1e9", "--tokens", "1e9", "--chip", "h10"), "nearest is h100"),
        (("--params", "1e9", "--tokens", "1e9"), "--chip"),
        (("--params", "1e9", "--model", "bloom"), "given twice"),
        (
            ("--params", "1e9", "--tokens", "1e9", "--chip", "h100", "--utilisation", "1.2"),
            "at most 1",
        ),
        (
            ("--params=1e12", "--tokens=1e13", "--chip=h100", "--chips=8", "--hours=10"),
            "at their peak",
        ),
        (("--preset", "t5", "--like", "elephants"), "home-year"),
        (("--config", "/nowhere/config.json"), "not a readable config.json"),
    ],
)
def test_bad_input_is_one_sentence(refused: Run, words: tuple[str, ...], cure: str) -> None:
    assert cure in refused("train", *words)


GOPHER = ("train", "--chips", "4096", "--watts", "283", "--hours", "920", "--pue", "1.08")


def test_a_quoted_energy_is_held_against_the_plan(plain: Plain) -> None:
    told = plain(*GOPHER, "--grid-g-per-kwh", "330", "--claimed-kg", "380000")
    assert "the claimed carbon lies in the plan's interval" in told["assumptions"]
    assert "PUE left out" in " ".join(plain(*GOPHER, "--claimed-kwh", "1066000")["warnings"])
    odd = " ".join(plain(*GOPHER, "--claimed-kwh", "2000000")["warnings"])
    assert "the claimed energy of 2,000 MWh is 1.74 times the computed, outside 1,117" in odd


def test_a_measured_energy_gets_its_pue_and_grid_and_nothing_else(plain: Plain) -> None:
    told = plain("train", "--energy-kwh", "131000", "--pue", "1.2", "--grid-g-per-kwh", "332")
    assert told["carbon_kg"]["value"] == pytest.approx(131_000 * 1.2 * 0.332)


@pytest.mark.parametrize("extra", [("--watts", "3"), ("--chips", "3"), ("--params", "1e9")])
def test_an_energy_beside_what_would_compute_it_is_refused(
    refused: Run, extra: tuple[str, str]
) -> None:
    assert "energy is given twice" in refused("train", "--energy-kwh", "1", *extra)
    assert "claimed energy is -1" in refused(*GOPHER, "--claimed-kwh", "-1")
