"""Every form has what its standard asks for, from a plan's own JSON."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modicum.carbon.sci import PHASES

Run = Callable[..., Any]
Plain = Callable[..., Any]


@pytest.fixture
def plan(run: Run, tmp_path: Path) -> str:
    place = tmp_path / "plan.json"
    place.write_text(run("train", "--preset", "bloom", "--json")[1])
    return str(place)


@pytest.fixture
def form(run: Run, plan: str) -> Callable[..., str]:
    def typed(*words: str) -> str:
        code, out, err = run("standards", plan, "--form", *words)
        assert code == 0, err
        return str(out)

    return typed


def test_scope_2_is_told_both_ways_and_scope_3_beside(form: Run) -> None:
    told = json.loads(form("ghg"))
    assert told["scope_2_location_based_t"]["value"] == pytest.approx(24.69, rel=1e-3)
    assert told["scope_2_market_based_t"]["value"] is None
    assert "supplier" in told["scope_2_market_based_t"]["reason"]
    assert told["scope_3_category_2_capital_goods_t"]["value"] > 1


def test_esrs_rows_have_their_datapoints(form: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(form("esrs"))))
    assert [r["datapoint"] for r in rows] == ["E1-5_01", "E1-6_09", "E1-6_10", "E1-6_11"]
    assert float(rows[0]["value"]) == pytest.approx(433.196)
    assert (rows[2]["value"], bool(rows[2]["reason"])) == ("", True)


def test_the_sci_has_functional_unit_boundary_and_no_market_instrument(form: Run) -> None:
    told = json.loads(form("sci", "--unit", "request", "--units", "1e6", "--boundary", "the API"))
    whole = told["operational"]["value"] + told["embodied"]["value"]
    assert told["sci"]["value"] == pytest.approx(whole / 1e6)
    assert told["sci"]["unit"] == "gCO2e/request"
    assert (told["functional_unit"], told["boundary"]) == ("request", "the API")
    assert "location-based" in told["method"]


def test_sci_for_ai_sums_the_phases_that_a_role_must_count(run: Run, plan: str) -> None:
    typed = ("standards", "--form", "sci-ai", "--boundary", "all", "--units", "10")
    one = json.loads(run(*typed, "--role", "consumer", "--phase", f"runtime-operations={plan}")[1])
    phases = [f"--phase={p}={plan}" for p in PHASES["provider"]]
    four = json.loads(run(*typed, "--role", "provider", *phases)[1])
    assert four["sci"]["value"] == pytest.approx(4 * one["sci"]["value"])
    assert "'request' is none of them" in one["notes"][0]
    code, _, err = run(*typed, "--role", "provider", *phases[:2])
    assert code == 2
    assert "lacks system-integration, end-of-life" in err


def test_the_ai_act_statement_has_energy_resources_and_their_standing(form: Run) -> None:
    told = json.loads(form("annex-xi", "--hardware", "384 A100", "--flops", "3.9e23"))
    assert "Annex XI" in told["regulation"]
    assert told["known_or_estimated"] == "estimated"
    assert told["energy_consumption_kwh"]["value"] == pytest.approx(433196)
    resources = told["computational_resources"]
    assert resources["chip_hours"]["value"] == pytest.approx(1082990)
    assert resources["floating_point_operations"]["value"] == 3.9e23
    assert json.loads(form("annex-xi", "--hardware", "x", "--measured"))[
        "known_or_estimated"
    ] == "known"  # fmt: skip


def test_a_focus_row_joins_by_period_resource_and_service(form: Run) -> None:
    out = form(
        *("focus", "--start", "2026-01-01", "--end", "2026-02-01"),
        *("--resource", "vm-1", "--service", "GPU", "--region", "eu"),
    )
    row = next(csv.DictReader(io.StringIO(out)))
    assert row["ChargePeriodStart"] == "2026-01-01T00:00:00Z"
    assert (row["ResourceId"], row["ServiceName"]) == ("vm-1", "GPU")
    assert float(row["x_EnergyKwh"]) == pytest.approx(433196)


def test_a_plan_comes_through_a_pipe(run: Run) -> None:
    written = run("serve", "--model", "llama-3-8b", "--json")[1]
    code, out, _ = run("standards", "-", "--form", "ghg", stdin=written)
    assert code == 0
    assert json.loads(out)["scope_2_location_based_t"]["value"] > 0


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (("--form", "iso"), "one of ghg"),
        (("--form", "ghg"), "plan is missing"),
        (("/nowhere.json",), "modicum plan train"),
        (("--form", "sci-ai", "--phase", "x"), "NAME=FILE"),
        (("--form", "sci-ai", "--role", "owner"), "consumer or provider"),
    ],
)
def test_bad_input_is_one_sentence(refused: Run, words: tuple[str, ...], cure: str) -> None:
    assert cure in refused("standards", *words)


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (("sci",), "--boundary"),
        (("annex-xi",), "name the hardware"),
        (("focus",), "--start, --end, --resource, --service"),
        (("focus", "--start", "x", "--end", "y", "--resource", "r", "--service", "s"), "YYYY"),
        (("sci", "--boundary", "b", "--units", "0"), "at least one"),
    ],
)
def test_a_form_says_what_it_lacks(
    refused: Run, plan: str, words: tuple[str, ...], cure: str
) -> None:
    assert cure in refused("standards", plan, "--form", *words)
