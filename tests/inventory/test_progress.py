"""Progress: effects that sum to the change, the line to the target, rebound, bad input."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modicum.errors import DataError
from modicum.figures import Figure
from modicum.inventory.causes import causes
from modicum.inventory.decompose import Year, effects
from modicum.inventory.track import Target, read_years, track

positive = st.floats(1e-3, 1e9)


@given(positive, positive, positive, positive, positive, positive)
def test_effects_sum_to_the_change(
    e0: float, c0: float, n0: float, e1: float, c1: float, n1: float
) -> None:
    found = effects(Year(2024, e0, c0, n0), Year(2025, e1, c1, n1))
    assert found.change_kg == pytest.approx(c1 - c0, rel=1e-6, abs=1e-6 * max(c0, c1))


def test_each_cause_alone_is_named() -> None:
    base = Year(2024, 100, 40, 1000)
    volume = effects(base, Year(2025, 200, 80, 2000))
    assert volume.volume_kg == pytest.approx(40)
    assert volume.efficiency_kg == pytest.approx(0, abs=1e-9)
    grid = effects(base, Year(2025, 100, 10, 1000))
    assert (grid.grid_kg, grid.volume_kg) == (pytest.approx(-30), 0)
    assert volume.saved_kg == 0


def years(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "years.csv"
    path.write_text("year,energy_kwh,carbon_kg,carbon_kg_low,carbon_kg_high,requests,avoided_kg\n"
                    + text, encoding="utf-8")  # fmt: skip
    return path


GROWN = "2023,1000,400,200,800,1e6,\n2024,900,360,180,720,1.5e6,\n2025,800,300,150,600,3e6,50\n"


def test_growth_that_eats_the_savings_shows_as_rebound(tmp_path: Path) -> None:
    found = track(read_years(years(tmp_path, GROWN)), 2023, Target(0.5, 2027))
    assert found.effects is not None
    moved = found.effects
    assert moved.change.value == pytest.approx(-100)
    parts = [float(f.value or 0.0) for f in (moved.volume, moved.efficiency, moved.grid)]
    assert sum(parts) == pytest.approx(-100)
    assert moved.rebound.value == pytest.approx(parts[0] / -(parts[1] + parts[2]))
    assert (moved.rebound.value or 0.0) > 0.5
    assert found.on_track is True  # 300 against 400 x (1 - 0.25)
    assert track(read_years(years(tmp_path, GROWN)), 2023, Target(0.6, 2027)).on_track is False
    assert found.net_kg is not None
    assert found.net_kg.value == pytest.approx(250)
    assert found.net_kg.basis == "assumed"


@pytest.mark.parametrize(
    ("text", "baseline", "target", "sentence"),
    [
        ("2025,1,1,,,1,\n", None, None, "at least two closed years, there are: 2025"),
        (GROWN, 2020, None, "2020 is not among the closed years: 2023, 2024, 2025"),
        (GROWN, 2025, None, "2025 is the latest year"),
        (GROWN, 2024, Target(0.5, 2024), "not after the baseline"),
        ("20,1,1,,,1,\n", None, None, "line 2: year is '20'"),
        ("2025,-1,1,,,1,\n", None, None, "line 2: energy_kwh is -1"),
        ("2025,1,5,6,9,1,\n", None, None, "carbon_kg 5 is not between its low 6 and high 9"),
    ],
)
def test_bad_input_is_one_sentence(
    tmp_path: Path, text: str, baseline: int | None, target: Target | None, sentence: str
) -> None:
    with pytest.raises(DataError, match=sentence):
        track(read_years(years(tmp_path, text)), baseline, target)


def test_years_closed_in_the_ledger_are_tracked(tmp_path: Path) -> None:
    def run(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "modicum", *args, "--ledger", str(tmp_path / "l.sqlite")]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    for year, kwh in (("2023", 1000), ("2024", 700)):
        meter = tmp_path / f"{year}.csv"
        meter.write_text(f"date,kwh,region\n{year}-05-01,{kwh},FR\n", encoding="utf-8")
        closed = run("inventory", str(meter), "--period", year, "--close")
        assert closed.returncode == 0, closed.stderr
    found = run("progress", "--target", "50%-by-2030", "--json")
    plain = json.loads(found.stdout)
    assert [y["year"] for y in plain["years"]] == [2023, 2024]
    assert plain["on_track"] is True
    assert plain["effects"] is None
    assert "requests" in plain["why_no_effects"]
    assert run("progress", "--target", "99%-by-2025", "--check").returncode == 3
    assert run("progress", "--target", "half").returncode == 2


def test_an_error_that_both_years_share_cancels_in_efficiency_and_scales_the_rest() -> None:
    """Against draws of the shared model's error: the interval is that of the formula."""

    def of(value: float, unit: str) -> Figure:
        return Figure.within(
            value, 2.0, unit, basis="modelled", source="m", boundary="b", error="token-model"
        )

    years_of = (Year(2024, 100, 40, 1000), Year(2025, 60, 24, 1500))
    energy, carbon = (of(100, "kWh"), of(60, "kWh")), (of(40, "kgCO2e"), of(24, "kgCO2e"))
    found = causes(energy, carbon, years_of)
    exact = effects(*years_of)
    for figure, value in (
        (found.volume, exact.volume_kg),
        (found.efficiency, exact.efficiency_kg),
        (found.saved, exact.saved_kg),
    ):
        ends = sorted((value / 2, value * 2))
        assert (figure.low, figure.high) == (pytest.approx(ends[0]), pytest.approx(ends[1]))
    assert (found.grid.low, found.grid.high) == (pytest.approx(0), pytest.approx(0))
    rebound = found.rebound
    assert rebound.low == pytest.approx(rebound.value)  # a ratio of two that err alike
    assert rebound.high == pytest.approx(rebound.value)


def test_nothing_saved_has_no_rebound() -> None:
    one = Figure.exact(100, "kWh", basis="reported", source="s", boundary="b")
    more = Figure.exact(300, "kWh", basis="reported", source="s", boundary="b")
    kg = [f.relabel(source="g") * 0.4 for f in (one, more)]
    carbon = tuple(replace(f, unit="kgCO2e") for f in kg)
    found = causes((one, more), (carbon[0], carbon[1]), (Year(1, 100, 40, 9), Year(2, 300, 120, 9)))
    assert found.rebound.value is None
    assert "not shown" in str(found.rebound.reason)
