"""`modicum opportunities` as it is typed: from a ledger, from a log, from exports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from modicum.cli.main import app
from modicum.errors import DataError, PluginError
from modicum.figures import Figure
from modicum.ledger import open_ledger
from modicum.ledger.records import RequestRecord
from modicum.ledger.traffic import TrafficStore

DAY_MS = 86_400_000


def told(*words: str) -> str:
    done = CliRunner().invoke(app, ["opportunities", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    path = str(tmp_path / "traffic.sqlite")
    book = open_ledger(path)
    store = TrafficStore(book.engine)
    for quantity, unit in (("energy_j", "J"), ("carbon_g", "gCO2e"), ("cost", "USD")):
        figure = Figure.within(2.0, 8.0, unit, basis="modelled", source="model", boundary="server")
        kept = ("value", "low", "high", "unit", "basis", "source", "boundary", "reason")
        plain = {name: getattr(figure, name) for name in kept}
        store.add_constants([{"id": "c", "quantity": quantity, "per": "token_in", **plain}])
    batch = [
        RequestRecord(k, 20_000 * DAY_MS + k * 3_000_000, "chat", "sort", "sort", "up/gpt", "", "c",
                      "k", "", "", 1, 5000 if k % 20 == 0 else 100, 5, 0, 1000, None, 200,
                      2 if k % 10 == 0 else 1, "")
        for k in range(400)
    ]  # fmt: skip
    store.add(1, batch)
    book.close()
    return path


def test_what_was_found_is_ranked_and_fits_eighty_columns(ledger: str) -> None:
    text = told("--ledger", ledger)
    assert text.startswith("400 requests in 13.9 days; figures of a month.")
    assert "1. sort on up/gpt: 20 requests bring at least 4 times the usual" in text
    assert "saving unknown: no decision says" in text
    assert "waiting: no intensity by the hour was given" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_it_is_told_in_german_too(ledger: str) -> None:
    text = told("--ledger", ledger, "--lang", "de")
    assert text.startswith("400 Anfragen in 13,9 Tagen; die Zahlen gelten für einen Monat.")
    assert "1. sort auf up/gpt: 20 Anfragen bringen mindestens 4-mal" in text
    assert "Ersparnis unbekannt: keine Entscheidung sagt" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_the_json_has_every_figure_with_its_interval(ledger: str) -> None:
    plain = json.loads(told("--ledger", ledger, "--json"))
    assert plain["figures_of"] == "month"
    assert [o["finder"] for o in plain["opportunities"]] == ["context", "retries", "big-model"]
    saving = plain["opportunities"][0]["saving"]["energy_j"]
    assert saving["low"] <= saving["value"] <= saving["high"]
    assert {n["finder"] for n in plain["not_looked_at"]} == {"duplicates", "idle", "waiting"}


def test_exports_and_grid_hours_let_more_be_looked_at(ledger: str, tmp_path: Path) -> None:
    meter, grid = tmp_path / "meter.csv", tmp_path / "grid.csv"
    days = [f"2024-10-{day:02d},2.4,20" for day in range(4, 18)]
    meter.write_text("date,kwh,cost\n" + "\n".join(days) + "\n", encoding="utf-8")
    lines = [f"2025-01-01T{h:02d}:00,{100 if h == 3 else 400}" for h in range(24)]
    grid.write_text("time,g_per_kwh\n" + "\n".join(lines) + "\n", encoding="utf-8")
    words = ("--ledger", ledger, "--exports", str(meter), "--grid-hours", str(grid))
    plain = json.loads(told(*words, "--json", "--by", "carbon"))
    found = {o["finder"]: o for o in plain["opportunities"]}
    assert found["waiting"]["subject"] == "sort"
    assert "idle" not in {n["finder"] for n in plain["not_looked_at"]}
    only = json.loads(told(*words, "--json", "--finder", "waiting"))
    assert [o["finder"] for o in only["opportunities"]] == ["waiting"]


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        (("--by", "time"), DataError, "give energy, carbon, money"),
        (("--since", "soon"), DataError, "give a day such as 2026-10-01"),
        (("--finder", "luck"), PluginError, "finder 'luck' is not known"),
        (("--exports", "/nowhere.csv"), DataError, "does not exist"),
        (("--grid-hours", "/nowhere.csv"), DataError, "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(
    words: tuple[str, ...], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        CliRunner().invoke(app, ["opportunities", *words], catch_exceptions=False)
