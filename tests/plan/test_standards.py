"""Each form has what its standard asks, and an unknown is empty, never 0."""

import csv
import io
from datetime import UTC, datetime, timedelta, timezone

import pytest

from modicum.carbon import footprint
from modicum.errors import PlanError
from modicum.figures import Figure
from modicum.plan.standards import (
    ANNEX_XI,
    ESRS_COLUMNS,
    FOCUS_COLUMNS,
    Inventory,
    annex_xi,
    focus_csv,
    focus_row,
)

BERLIN = timezone(timedelta(hours=1))
ENERGY = Figure.exact(2, "MWh", basis="measured", source="meter", boundary="server")
MADE = Figure.exact(30, "kgCO2e", basis="reported", source="maker", boundary="server")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_scope_2_is_told_both_ways_and_an_unknown_market_figure_has_its_reason() -> None:
    told = Inventory(footprint(ENERGY, "DEU"), MADE).ghg_protocol()
    assert told["scope_2_location_based_t"]["value"] == pytest.approx(0.7619)
    assert told["scope_2_market_based_t"]["value"] is None
    assert "supplier" in told["scope_2_market_based_t"]["reason"]
    assert told["scope_3_category_2_capital_goods_t"]["value"] == pytest.approx(0.03)


def test_esrs_rows_have_their_datapoints_and_units() -> None:
    found = rows(Inventory(footprint(ENERGY, "DEU", supplier_g_per_kwh=50), MADE).esrs())
    assert tuple(found[0]) == ESRS_COLUMNS
    assert [r["datapoint"] for r in found] == ["E1-5_01", "E1-6_09", "E1-6_10", "E1-6_11"]
    assert [r["unit"] for r in found] == ["MWh", "tCO2e", "tCO2e", "tCO2e"]
    assert float(found[2]["value"]) == pytest.approx(0.1)


def test_an_unknown_is_an_empty_cell_with_its_reason() -> None:
    market = rows(Inventory(footprint(ENERGY, "DEU"), MADE).esrs())[2]
    assert market["value"] == ""
    assert market["reason"]


def test_the_annex_xi_statement_has_every_item_and_says_estimated() -> None:
    hours = Figure.exact(100, "h", basis="reported", source="log", boundary="training")
    told = annex_xi(ENERGY, hours, measured=False, hardware="8 h100")
    assert tuple(told) == ANNEX_XI
    assert told["known_or_estimated"] == "estimated"
    assert told["computational_resources"]["floating_point_operations"]["value"] is None
    assert "from the computational resources" in told["method"]
    with pytest.raises(PlanError, match="name the hardware"):
        annex_xi(ENERGY, hours, measured=True, hardware="")


def test_a_focus_row_joins_by_period_and_resource() -> None:
    # FOCUS asks for UTC: midnight in Berlin is 23:00 the day before.
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=BERLIN)
    row = focus_row(
        footprint(ENERGY, "DEU"), start=start, end=end, resource="vm-1", service="GPU", region="de"
    )
    found = rows(focus_csv([row]))[0]
    assert tuple(found) == FOCUS_COLUMNS
    assert found["ChargePeriodEnd"] == "2026-01-31T23:00:00Z"
    assert found["ChargePeriodStart"] == "2026-01-01T00:00:00Z"
    assert float(found["x_CarbonLocationKg"]) == pytest.approx(761.9)
    assert found["x_CarbonMarketKg"] == ""
    with pytest.raises(PlanError, match="not after its start"):
        focus_row(footprint(ENERGY), start=end, end=start, resource="a", service="b", region="c")
