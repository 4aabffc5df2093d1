"""Rows of standards: every version maps the same quantities, and unknowns stay unknown."""

from __future__ import annotations

import pytest

from modicum.carbon.disclosure import Emissions, esrs_rows, ghg_rows, versions
from modicum.errors import CarbonError
from modicum.figures import Figure


def grams(value: float) -> Figure:
    return Figure.within(value, 2.0, "gCO2e", basis="modelled", source="s", boundary="b")


FOUND = Emissions(
    Figure.within(3.6e9, 2.0, "J", basis="modelled", source="s", boundary="b"),
    grams(4e5),
    Figure.unknown("gCO2e", "no supplier's factor"),
    goods=grams(1e6),
    capital=grams(2e6),
)


def test_each_version_names_its_own_datapoints_for_the_same_quantities() -> None:
    old = {row.datapoint: row.figure.value for row in esrs_rows(FOUND, ["2023"])}
    assert old == {
        "E1-5_01": pytest.approx(1.0),
        "E1-6_09": pytest.approx(0.4),
        "E1-6_10": None,
        "E1-6_11": pytest.approx(3.0),
    }
    new = esrs_rows(FOUND, ["2025-draft"])
    assert [row.datapoint for row in new] == ["E1-7", "E1-8", "E1-8", "E1-8"]
    assert [row.figure.value for row in new] == list(old.values())
    assert {row.source for row in new}.isdisjoint(row.source for row in esrs_rows(FOUND, ["2023"]))


def test_every_row_names_its_version_and_source() -> None:
    rows = [*esrs_rows(FOUND), *ghg_rows(FOUND)]
    assert {row.version for row in rows} == {*versions(), "2015"}
    assert all(row.source for row in rows)


def test_the_ghg_protocol_has_a_row_for_each_category_that_is_given() -> None:
    assert [row.datapoint for row in ghg_rows(FOUND)] == [
        "scope 2",
        "scope 2",
        "scope 3, category 1",
        "scope 3, category 2",
    ]
    own = Emissions(FOUND.energy, FOUND.location, FOUND.market)
    assert len(ghg_rows(own)) == 2
    assert own.scope_3.value is None


def test_a_version_that_is_not_mapped_is_refused() -> None:
    with pytest.raises(CarbonError, match="2023 or 2025-draft"):
        esrs_rows(FOUND, ["2030"])
