"""Every bundled row has a year, a licence and a source, and lies in a possible range."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from modicum.carbon import tables
from modicum.carbon.regions import EU_MEMBERS
from modicum.carbon.tables import TABLES, table

OLDEST = {"grid": 6, "price": 4, "datacentre": 4, "water": 8, "equivalents": 8, "embodied": 6}
MAY_BE_BUNDLED = {
    "MIT (data CC BY 4.0)", "CC BY 4.0", "public domain", "facts, quoted with their source",
}  # fmt: skip
RANGES = {
    "grid": ("g_per_kwh", 5, 1400),
    "price": ("per_kwh", 0.01, 1.0),
    "datacentre": ("pue", 1.0, 2.5),
    "water": ("l_per_kwh", 0.1, 20),
    "equivalents": ("one", 0.001, 20_000),
    "embodied": ("kg", 50, 5000),
}


@pytest.mark.parametrize("name", TABLES)
def test_each_row_has_a_fresh_year_a_licence_and_a_source(name: str) -> None:
    this_year = datetime.now(UTC).year
    for key, row in table(name).items():
        assert this_year - OLDEST[name] <= int(row["year"]) <= this_year, key
        assert len(row["source"]) > 10, key
        assert row["licence"] in MAY_BE_BUNDLED, key
        assert "co2.js" not in row["source"], "share-alike: not bundled"


def test_the_origin_of_every_table_is_told_beside_it() -> None:
    told = (Path(tables.__file__).parent / "data" / "SOURCES.md").read_text(encoding="utf-8")
    files = (Path(tables.__file__).parent / "data").glob("*.csv")
    assert sorted(f.stem for f in files) == sorted(TABLES)
    for name in TABLES:
        assert f"| {name}.csv |" in told


@pytest.mark.parametrize("name", TABLES)
def test_each_value_lies_in_a_possible_range(name: str) -> None:
    column, low, high = RANGES[name]
    for key, row in table(name).items():
        assert low <= float(row[column]) <= high, key


def test_the_grid_covers_most_countries_and_the_world_once() -> None:
    assert len(table("grid")) == 214
    assert table("grid")["WORLD"]["g_per_kwh"] == "480.62"


@pytest.mark.parametrize("code", [*sorted(EU_MEMBERS), "USA", "CHN", "IND", "JPN", "GBR", "BRA"])
def test_the_grids_that_most_use_are_of_2023_or_later(code: str) -> None:
    assert table("grid")[code]["year"] >= "2023"


def test_every_member_of_the_eu_is_in_the_grid_table() -> None:
    assert len(EU_MEMBERS) == 27
    assert set(table("grid")) >= EU_MEMBERS
