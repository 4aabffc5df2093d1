"""What is printed as JSON: every figure with its unit, interval, basis, source and boundary."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from modicum.cli.main import app

sys.path += [str(Path(__file__).parents[1] / room) for room in ("report", "inventory")]

from company import make_company
from report_ledgers import fill

COUNTS = {
    "days", "requests", "year", "cut", "months", "tokens_in", "tokens_cached", "tokens_out",
    "rows", "not_about_ai", "malformed", "line", "baseline", "latest", "counted_once", "coverage",
}  # fmt: skip
"""What is counted or chosen, not measured; the spend of `coverage` stands beside its currency."""


def faults(plain: Any, place: str = "") -> Iterator[str]:
    """Numbers that are no figure, and figures that lack something."""
    if isinstance(plain, list):
        for k, one in enumerate(plain):
            yield from faults(one, f"{place}[{k}]")
    elif isinstance(plain, dict) and "value" in plain:
        wanted = ["unit", "basis", "source", "boundary", "low", "high"]
        if plain["value"] is None:
            wanted = ["unit", "reason"]
        yield from (f"{place}: no {name}" for name in wanted if plain.get(name) in (None, ""))
    elif isinstance(plain, dict):
        for name, one in plain.items():
            if name not in COUNTS:
                yield from faults(one, f"{place}.{name}")
    elif isinstance(plain, float | int) and not isinstance(plain, bool):
        yield f"{place}: the bare number {plain}"


def told(*words: str) -> Any:
    done = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("ledger") / "l.sqlite"
    fill(path).close()
    return str(path)


@pytest.mark.parametrize("lang", ["en", "de"])
def test_opportunities(ledger: str, lang: str) -> None:
    plain = told("opportunities", "--ledger", ledger, "--json", "--lang", lang)
    assert plain["opportunities"]
    assert list(faults(plain)) == []


def test_the_report_on_a_ledger(ledger: str) -> None:
    plain = told("report", "--ledger", ledger, "--format", "json")
    assert len(plain["readers"]) == 3
    assert list(faults(plain)) == []


def test_inventory(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    make_company(tmp_path / "exports")
    book = str(tmp_path / "l.sqlite")
    plain = told(
        "inventory", str(tmp_path / "exports"), "--period", "2025", "--ledger", book, "--json"
    )
    assert plain["lines"]
    assert list(faults(plain)) == []


def test_progress(tmp_path: Path) -> None:
    years = tmp_path / "years.csv"
    years.write_text(
        "year,energy_kwh,carbon_kg,carbon_kg_low,carbon_kg_high,requests,avoided_kg\n"
        "2023,1000,400,200,800,1e6,\n2025,800,300,150,600,3e6,50\n",
        encoding="utf-8",
    )
    book = str(tmp_path / "l.sqlite")
    plain = told(
        "progress", "--years", str(years), "--target", "50%-by-2030", "--ledger", book, "--json"
    )
    assert plain["effects"]
    assert list(faults(plain)) == []


def test_a_number_alone_or_without_its_boundary_is_a_fault() -> None:
    figure = {"value": 1.0, "unit": "J", "low": 0.5, "high": 2.0, "basis": "measured",
              "source": "meter", "boundary": ""}  # fmt: skip
    found = list(faults({"a": [figure], "b": 3.0, "days": 4}))
    assert found == [".a[0]: no boundary", ".b: the bare number 3.0"]
