from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from modicum.errors import MeterError
from modicum.figures import Figure
from modicum.metering.exports import (
    CODECARBON_COLUMNS,
    codecarbon_csv,
    codecarbon_row,
    model_card,
    prometheus_text,
)


def figure(value: float, unit: str) -> dict[str, Any]:
    made = Figure.within(value, 2.0, unit, basis="modelled", source="a model", boundary="tree")
    return made.to_dict()


def document(**changes: Any) -> dict[str, Any]:
    unknown = Figure.unknown("J", "unreadable").to_dict()
    return {
        "command": ["python", "train.py"], "labels": {"team": "search"}, "exit_code": 0,
        "energy_j": figure(7.2e6, "J"), "carbon_g": figure(500.0, "gCO2e"),
        "water_l": figure(3.0, "L"), "cost": figure(0.5, "EUR"),
        "cpu_seconds": 90.0, "wall_seconds": 100.0, "started": 0.0,
        "devices": [
            {"device": "cpu", "kind": "cpu", "energy_j": figure(3.6e6, "J"), "in_total": True},
            {"device": "core-0", "kind": "cpu", "energy_j": figure(9e9, "J"), "in_total": False},
            {"device": "gpu-0", "kind": "gpu", "energy_j": unknown, "in_total": True},
        ],
    } | changes  # fmt: skip


def test_codecarbon_rows_are_in_its_columns_and_units() -> None:
    row = codecarbon_row(document())
    assert tuple(row) == CODECARBON_COLUMNS
    assert row["emissions"] == pytest.approx(0.5)
    assert row["energy_consumed"] == pytest.approx(2.0)
    assert row["cpu_energy"] == pytest.approx(1.0)
    assert row["cpu_power"] == pytest.approx(36_000.0)
    assert row["duration"] == 100.0
    assert row["timestamp"] == "1970-01-01T00:01:40+00:00"


def test_what_is_unknown_is_an_empty_cell_and_not_zero() -> None:
    text = codecarbon_csv(document(), header=True)
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["gpu_energy"] == ""
    assert row["ram_energy"] == ""
    assert codecarbon_csv(document(), header=False).count("\n") == 1


def test_prometheus_gauges_carry_value_low_and_high() -> None:
    lines = prometheus_text(document()).splitlines()
    sample = 'modicum_energy_joules{command="python",team="search",basis="modelled",bound='
    assert f'{sample}"value"}} 7200000.0' in lines
    assert f'{sample}"low"}} 3600000.0' in lines
    assert not any("gpu-0" in line for line in lines)  # unknown: no sample, not 0
    for name in {line.split("{")[0] for line in lines if not line.startswith("#")}:
        assert f"# TYPE {name} gauge" in lines


def test_labels_are_escaped_and_named_as_prometheus_wants() -> None:
    text = prometheus_text(document(labels={"my-team": 'a "b"\n\\', "2nd": "x"}))
    assert 'my_team="a \\"b\\"\\n\\\\"' in text
    assert '_2nd="x"' in text


def test_a_model_card_has_grams_and_says_how_they_were_got() -> None:
    card = model_card(document())
    assert card.startswith("co2_eq_emissions:\n  emissions: 500\n")
    source = json.loads(card.splitlines()[2].partition(": ")[2])
    assert "90% interval 250 to 1000 g" in source
    assert '  hardware_used: "cpu, gpu-0"' in card


def test_a_model_card_without_grams_is_refused() -> None:
    with pytest.raises(MeterError, match="unreadable"):
        model_card(document(carbon_g=Figure.unknown("gCO2e", "unreadable").to_dict()))
