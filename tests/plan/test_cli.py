"""The commands as a user types them."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from modicum.cli.plan import app


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "80"})
    return result.exit_code, result.stdout, result.stderr


def plain(*words: str) -> dict[str, Any]:
    code, out, err = run(*words, "--json")
    assert code == 0, err
    read: dict[str, Any] = json.loads(out)
    return read


def test_train_json_holds_figures_of_energy_and_carbon() -> None:
    told = plain(
        *("train", "--chips", "10000", "--watts", "330", "--days", "14.8"),
        *("--pue", "1.10", "--grid-g-per-kwh", "429"),
    )
    assert told["energy_kwh"]["value"] == pytest.approx(1.287e6, rel=0.01)
    assert told["carbon_kg"]["value"] == pytest.approx(552_100, rel=0.01)
    assert {"value", "low", "high", "unit", "basis", "source", "boundary"} <= set(
        told["energy_kwh"]
    )


def test_a_wrong_claim_is_warned_of() -> None:
    told = plain("train", "--preset", "gpt-3", "--claimed-kwh", "1289")
    assert any("MWh for kWh" in w for w in told["warnings"])


def test_several_plans_are_compared() -> None:
    told = plain("train", "--preset", "gpt-3", "--compare", "t5", "--compare", "switch")
    assert len(told["plans"]) == 3


def test_the_table_fits_80_columns() -> None:
    _, out, _ = run("train", "--preset", "gpt-3")
    table = [line for line in out.splitlines() if "│" in line]
    assert table
    assert max(map(len, table)) <= 80


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (("train",), "--preset"),
        (("train", "--chips", "1", "--watts", "-5", "--hours", "1"), "above 0"),
        (("train", "--chips", "1", "--watts", "5"), "--days or --hours"),
        (("train", "--gpu-hours", "5", "--watts", "3", "--pue", "0.5"), "1 or more"),
        (("train", "--preset", "gpt4"), "nearest is gpt3"),
        (("project", "--scenario", "devries"), "nearest is devries-20"),
        (("serve",), "--hosted provider/model"),
        (("serve", "--params", "8e9", "--chip", "h10"), "nearest is"),
        (("serve", "--params", "8e9", "--region", "Frnce"), "FRA"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(words: tuple[str, ...], cure: str) -> None:
    code, _, err = run(*words)
    assert code == 2
    assert cure in err
    assert len(err.strip().splitlines()) == 1


def test_project_prints_what_is_surpassed_at_each_end() -> None:
    told = plain("project", "--scenario", "devries-2027")
    assert told["years"][0]["surpassed_at_low"] == []
    assert told["years"][0]["surpassed_at_high"] == ["Netherlands", "Sweden"]


def test_serve_prices_prompt_and_answer() -> None:
    told = plain("serve", "--params", "8e9", "--batch", "8", "--requests-per-month", "1e6")
    assert told["parts_wh"]["prompt"]["value"] > 0
    assert told["month"]["energy_kwh"]["value"] > 0


def test_place_plans_generated_jobs_over_given_series(tmp_path: Path) -> None:
    rows = ["Datetime,Intensity (LCA)"]
    rows += [f"{h},{100 + 200 * (h % 24 < 12)}" for h in range(48)]
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("\n".join(rows))
    told = plain(
        *("place", "--grid", f"A={tmp_path / 'a.csv'}", "--grid", f"B={tmp_path / 'b.csv'}"),
        *(
            "--generate",
            "80",
            "--machines",
            "12",
            "--hours",
            "48",
            "--schedule",
            str(tmp_path / "plan.csv"),
        ),
        *("--gantt", str(tmp_path / "plan.svg"), "--replay", "0.1"),
    )
    assert told["saving"]["value"] > 0
    assert len((tmp_path / "plan.csv").read_text().splitlines()) == 81
    assert (tmp_path / "plan.svg").read_text().startswith("<svg")


def test_tune_needs_the_recorded_runs(tmp_path: Path) -> None:
    code, _, err = run("tune", "--traces", str(tmp_path))
    assert code == 2
    assert "Zeus traces" in err
