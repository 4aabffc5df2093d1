"""Everyday equivalents."""

import subprocess
import sys

import pytest

from modicum.carbon import equivalent
from modicum.errors import CarbonError
from modicum.figures import Figure


def exact(value: float, unit: str) -> Figure:
    return Figure.exact(value, unit, basis="reported", source="test", boundary="test")


def test_gpt_3_is_120_american_homes_for_a_year() -> None:
    homes = equivalent(exact(1287, "MWh"), "home-year")
    assert homes.count.value == pytest.approx(120.1, abs=0.05)
    assert "EIA" in homes.source


def test_carbon_is_told_as_driving() -> None:
    assert str(equivalent(exact(2.485, "kgCO2e"))) == "10 km driven by an average US car"


def test_a_small_energy_is_told_as_a_lamp() -> None:
    assert equivalent(exact(90, "Wh")).count.value == pytest.approx(10)


def test_an_unknown_equivalent_names_those_there_are() -> None:
    with pytest.raises(CarbonError, match="home-year, car-km, led-hour"):
        equivalent(exact(1, "J"), "burger")


def test_water_has_no_equivalent() -> None:
    with pytest.raises(CarbonError, match="energy or carbon"):
        equivalent(exact(1, "L"))


def test_the_room_imports_without_numpy_and_reads_no_table() -> None:
    code = (
        "import sys, modicum.carbon as c, modicum.carbon.tables as t;"
        "assert 'numpy' not in sys.modules; assert t.table.cache_info().currsize == 0"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})
