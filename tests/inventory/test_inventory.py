"""A company's year, known by construction, told by its exports: each use counts once."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from company import Truth, make_company

from modicum.errors import DataError
from modicum.inventory.energy import read_suppliers
from modicum.inventory.load import load_export, load_exports
from modicum.inventory.periods import changed_files, changes, close, closed
from modicum.inventory.statement import Statement, folder_files, inventory
from modicum.ledger import open_ledger


@pytest.fixture
def company(tmp_path: Path) -> tuple[Path, Truth]:
    folder = tmp_path / "exports"
    return folder, make_company(folder)


def stated(folder: Path, **options: object) -> Statement:
    return inventory(load_exports(folder_files([folder])), "2025", **options)  # type: ignore[arg-type]


def test_every_use_counts_once_and_sums_to_what_was_built(company: tuple[Path, Truth]) -> None:
    folder, truth = company
    found = stated(folder, region="DE")
    lines = found.lines
    assert sum(x.tokens_in or 0 for x in lines) == pytest.approx(truth.tokens_in, abs=1)
    assert sum(x.tokens_cached or 0 for x in lines) == pytest.approx(truth.tokens_cached, abs=1)
    assert sum(x.tokens_out or 0 for x in lines) == pytest.approx(truth.tokens_out, abs=1)
    assert found.cost["USD"] == pytest.approx(truth.spend, abs=0.01)
    energy = sum(
        line.energy_kwh.value for line in lines if line.energy_kwh and line.energy_kwh.value
    )
    assert found.energy_kwh.value == pytest.approx(energy)
    # IT energy of the tokens, lifted by a PUE between 1.04 and 2.
    assert 1.04 < energy * 3.6e6 / truth.joules < 2.0
    assert found.twice == {
        "the same row in another file": 6,
        "a FOCUS bill beside the provider's own export": 36,
        "tokens of a bill beside a usage export (its money stays)": 0,
    }


def test_the_share_of_spend_that_is_covered_is_right(company: tuple[Path, Truth]) -> None:
    folder, truth = company
    (usd,) = stated(folder).coverage
    assert usd.spend == pytest.approx(truth.spend, abs=0.01)
    assert usd.spend - usd.covered == pytest.approx(truth.uncovered, abs=0.01)
    seats = next(line for line in stated(folder).lines if line.unit == "seats")
    assert seats.energy_kwh is not None
    assert seats.energy_kwh.value is None
    assert "no tokens" in (seats.energy_kwh.reason or "")


def test_malformed_rows_are_counted_and_listed(company: tuple[Path, Truth]) -> None:
    folder, truth = company
    files = load_exports(folder_files([folder]))
    assert sum(len(loaded.malformed) for loaded in files) == truth.malformed
    usage = next(f for f in files if f.path.name == "anthropic_usage.csv")
    reasons = [reason for _, reason in usage.malformed]
    assert reasons == [
        "usage_output_tokens is -5, which cannot be negative",
        "usage_date_utc is 'soon', a date was wanted",
    ]
    assert [line for line, _ in usage.malformed] == [14, 15]


def test_carbon_follows_the_region_of_the_row(company: tuple[Path, Truth]) -> None:
    folder, _ = company
    lines = {line.unit: line for line in stated(folder, region="DE").lines if line.energy_kwh}
    sweden, germany = lines["Marketing"], lines["111122223333"]

    def grams_per_kwh(unit: str) -> float:
        line = lines[unit]
        assert line.carbon_kg is not None
        assert line.energy_kwh is not None
        assert line.carbon_kg.value is not None
        assert line.energy_kwh.value is not None
        return 1000 * line.carbon_kg.value / line.energy_kwh.value

    assert grams_per_kwh(sweden.unit) < 60
    assert grams_per_kwh(germany.unit) > 250


def test_a_suppliers_own_factor_replaces_the_model(
    company: tuple[Path, Truth], tmp_path: Path
) -> None:
    folder, _ = company
    path = tmp_path / "suppliers.csv"
    path.write_text(
        "provider,model,j_per_token_in,j_per_token_out,source,within\n"
        "google,*,0.01,0.5,Google 2026,1.2\n",
        encoding="utf-8",
    )
    line = next(x for x in stated(folder, suppliers=read_suppliers(path)).lines if x.unit == "Maps")
    assert line.energy_kwh is not None
    assert line.energy_kwh.source.startswith("Google 2026")
    path.write_text("provider,model,j_per_token_in\ngoogle,*,-1\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 2: j_per_token_in is -1"):
        read_suppliers(path)


def test_a_closed_period_is_restated_only_with_a_reason(company: tuple[Path, Truth]) -> None:
    folder, _ = company
    ledger = open_ledger()
    try:
        first = stated(folder)
        close(ledger, first)
        before = closed(ledger, "2025")
        assert before is not None
        assert changes(before, first) == []
        path = folder / "cur.csv"
        text = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join(text[:1] + text[4:]) + "\n", encoding="utf-8")
        (folder / "focus.csv").unlink()
        second = stated(folder)
        assert [c.quantity for c in changes(before, second)] == ["energy_kwh", "carbon_kg"]
        assert changed_files(before, second) == ["cur.csv", "focus.csv"]
        with pytest.raises(DataError, match="give the reason with --restate"):
            close(ledger, second)
        again = close(ledger, second, "January was another company's account")
        assert again.reason == "January was another company's account"
        assert closed(ledger, "2024") is None
    finally:
        ledger.close()


def test_own_meters_are_scope_2_and_rented_hours_scope_3(tmp_path: Path) -> None:
    meter = tmp_path / "meter.csv"
    meter.write_text("date,kwh,unit,region\n2025-05-01,120,Lab,FR\n", encoding="utf-8")
    hours = tmp_path / "hours.csv"
    hours.write_text(
        "date,instance_type,hours,watts,region\n2025-05-01,p4d,100,2500,eu-west-3\n"
        "2025-05-01,odd,10,,eu-west-3\n",
        encoding="utf-8",
    )
    found = inventory(load_exports([meter, hours]), "2025-05", supplier_g_per_kwh=10.0)
    own = next(line for line in found.lines if line.scope == "2")
    assert own.energy_kwh is not None
    assert own.energy_kwh.value == pytest.approx(120)
    assert own.energy_kwh.basis == "measured"
    assert own.carbon_market_kg is not None
    assert own.carbon_market_kg.value == pytest.approx(1.2)
    odd = next(line for line in found.lines if line.model == "odd")
    assert odd.energy_kwh is not None
    assert odd.energy_kwh.reason is not None
    assert "no watts" in odd.energy_kwh.reason


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.csv", "", "has no rows that read"),
        ("a.csv", "x,y\n1,2\n", "none of the exports known here"),
        ("a.json", "{", "is not JSON"),
        ("a.jsonl", "\x00\x01\n", "has no rows that read"),
    ],
)
def test_a_file_of_no_known_kind_is_refused(
    tmp_path: Path, name: str, text: str, sentence: str
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=sentence):
        load_export(path)
    with pytest.raises(DataError, match="does not exist"):
        load_export(tmp_path / "absent.csv")


def test_the_command_prints_table_csv_and_json(company: tuple[Path, Truth]) -> None:
    folder, truth = company

    def run(*args: str) -> str:
        command = [sys.executable, "-m", "modicum", "inventory", str(folder), *args]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    table = run("--period", "2025", "--region", "DE", "--close")
    assert "on record, closed" in table
    assert max(len(line) for line in table.splitlines()) <= 120
    plain = json.loads(run("--period", "2025", "--json"))
    assert plain["total"]["cost"]["USD"]["value"] == pytest.approx(truth.spend, abs=0.01)
    assert plain["record"]["closed"] is not None
    rows = list(csv.DictReader(io.StringIO(run("--period", "2025", "--csv"))))
    assert sum(float(r["tokens_out"] or 0) for r in rows) == pytest.approx(truth.tokens_out, abs=1)
