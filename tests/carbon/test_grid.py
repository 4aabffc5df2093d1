"""Regions and their grid factors."""

import pytest

from modicum.carbon import find_region, grid_factor
from modicum.errors import CarbonError


@pytest.mark.parametrize("text", ["SWE", "se", "Sweden", " sweden "])
def test_a_region_is_found_by_either_code_or_name(text: str) -> None:
    assert find_region(text).code == "SWE"


def test_an_unknown_region_names_the_nearest() -> None:
    with pytest.raises(CarbonError, match=r"'Swedn' is not known.*SWE \(Sweden\)"):
        find_region("Swedn")


def test_a_national_factor_has_its_year_and_a_shared_error() -> None:
    factor = grid_factor("USA")
    assert (factor.value, factor.unit, factor.basis) == (369.47, "gCO2e/kWh", "reported")
    assert "2023" in factor.source
    assert list(factor.errors) == ["grid:USA"]


def test_no_region_is_the_world_assumed_and_wide_and_says_so() -> None:
    factor = grid_factor(None)
    assert (factor.value, factor.low, factor.high) == (480.62, 98.0, 713.0)
    assert factor.basis == "assumed"
    assert "region not given" in factor.source


def test_the_same_grid_cancels_in_a_ratio() -> None:
    ratio = grid_factor("DEU") / grid_factor("DEU")
    assert (ratio.low, ratio.high) == (1.0, 1.0)
