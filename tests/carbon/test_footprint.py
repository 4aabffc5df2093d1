"""Footprints against hand-computed literals."""

import pytest

from modicum.carbon import electricity_price, facility_pue, footprint, grid_water, site_water
from modicum.carbon.pue import pue_of
from modicum.errors import CarbonError
from modicum.figures import Figure


def kwh(value: float, boundary: str = "server") -> Figure:
    return Figure.exact(value, "kWh", basis="measured", source="meter", boundary=boundary)


def test_two_kwh_in_sweden_are_81_grams() -> None:
    whole = footprint(kwh(2), "SWE")
    assert whole.energy_j.value == 7_200_000
    assert whole.carbon_g.value == pytest.approx(81.4)
    assert whole.carbon_g.unit == "gCO2e"


def test_ireland_costs_a_quarter_euro_per_kwh() -> None:
    whole = footprint(kwh(4), "IRL")
    assert whole.cost.unit == "EUR"
    assert whole.cost.value == pytest.approx(1.024)


def test_market_based_carbon_is_unknown_without_a_supplier_and_exact_with_one() -> None:
    assert not footprint(kwh(1), "FRA").carbon_market_g.known
    bought = footprint(kwh(3), "FRA", supplier_g_per_kwh=10).carbon_market_g
    assert bought.value == pytest.approx(30)


def test_pue_lifts_energy_carbon_and_cost_once() -> None:
    whole = footprint(kwh(1), "IRL", pue=pue_of(1.5))
    assert whole.energy_j.value == 5_400_000
    assert whole.carbon_g.value == pytest.approx(1.5 * 290.81)
    assert whole.cost.value == pytest.approx(1.5 * 0.256)
    assert whole.energy_j.boundary.startswith("facility")


def test_pue_applied_twice_is_refused() -> None:
    once = footprint(kwh(1), "IRL", pue=pue_of(1.5))
    with pytest.raises(CarbonError, match="twice"):
        footprint(once.energy_j, "IRL", pue=pue_of(1.5))


def test_a_pue_below_one_is_refused_with_the_limit() -> None:
    with pytest.raises(CarbonError, match=r"0\.9 is below its physical limit of 1"):
        pue_of(0.9)


def test_water_counts_the_site_only_with_a_data_centre() -> None:
    home = footprint(kwh(1), "USA").water_l.value
    assert home == pytest.approx(float(grid_water("USA").value or 0))
    centre = footprint(kwh(1), "USA", pue=pue_of(1.0)).water_l.value
    assert centre == pytest.approx((home or 0) + 0.36)


def test_an_unpriced_country_has_an_unknown_cost_and_says_why() -> None:
    cost = footprint(kwh(1), "JPN").cost
    assert not cost.known
    assert "Japan" in (cost.reason or "")


def test_a_member_of_the_eu_without_a_price_takes_the_unions_range() -> None:
    price = electricity_price("Germany")
    assert (price.value, price.low, price.high, price.basis) == (0.1902, 0.0939, 0.276, "assumed")


def test_an_unknown_provider_names_a_known_one() -> None:
    with pytest.raises(CarbonError, match="azure"):
        facility_pue("azur")


def test_a_provider_without_water_takes_the_wide_default() -> None:
    assert site_water("meta").basis == "assumed"
    assert site_water("google").value == 1.15


def test_an_unknown_energy_stays_unknown_everywhere() -> None:
    whole = footprint(Figure.unknown("J", "no counter"), "SWE", supplier_g_per_kwh=5)
    assert {
        f.known for f in (whole.carbon_g, whole.carbon_market_g, whole.water_l, whole.cost)
    } == {False}


def test_a_footprint_becomes_plain_data() -> None:
    plain = footprint(kwh(1), "SWE").to_dict()
    assert sorted(plain) == [
        "carbon_g",
        "carbon_market_g",
        "cost",
        "embodied_g",
        "energy_j",
        "water_l",
    ]
    assert plain["carbon_g"]["unit"] == "gCO2e"
