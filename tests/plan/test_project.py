"""Fleets over years."""

import pytest

from modicum.errors import PlanError
from modicum.plan.project import SCENARIOS, Fleet, find_scenario, per_unit_wh, project


def test_at_85_twh_neither_country_is_surpassed_and_at_134_both_are() -> None:
    year = project(SCENARIOS["devries-2027"])[0]
    assert year.energy.low == pytest.approx(85.4, abs=0.05)
    assert year.energy.high == pytest.approx(134.0, abs=0.05)
    assert year.surpassed_low == ()
    assert year.surpassed_high == ("Netherlands", "Sweden")


def test_every_google_search_by_llm_is_9_wh() -> None:
    energy = project(SCENARIOS["devries-search"])[0].energy
    assert energy.value == pytest.approx(29.2, rel=0.01)
    assert per_unit_wh(energy, 9e9).value == pytest.approx(8.9, rel=0.01)


def test_growth_efficiency_and_rebound_compound() -> None:
    fleet = Fleet(1000, 1, 1, growth=0.5, efficiency=0.2, rebound=0.25)
    years = project(fleet, years=2)
    energies = [y.energy.to("GWh").value for y in years]
    # Of 1.5 times the servers a fifth is spared, and a quarter of that is used up again.
    assert years[1].changes == pytest.approx({"growth": 0.5, "efficiency": -0.3, "rebound": 0.075})
    assert years[0].energy.low < years[0].energy.value < years[0].energy.high  # type: ignore[operator]
    assert energies == pytest.approx([8.76, 8.76 * 1.5 * (0.8 + 0.2 * 0.25)])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"utilisation": 1.1}, "utilisation is 1.1"),
        ({"servers": -5}, "servers is -5"),
        ({"kw_high": 0.5}, "low, then high"),
        ({"efficiency": 1.0}, "efficiency gain is 1"),
    ],
)
def test_an_impossible_fleet_is_refused(change: dict[str, float], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        Fleet(**({"servers": 1, "kw_low": 1, "kw_high": 1} | change))


def test_an_unknown_scenario_names_the_nearest() -> None:
    with pytest.raises(PlanError, match="nearest is devries-2027"):
        find_scenario("devries-2028")
