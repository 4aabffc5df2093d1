"""SCI and embodied shares by hand."""

import pytest

from modicum.carbon.embodied import embodied_share
from modicum.carbon.sci import FUNCTIONAL_UNITS, PHASES, Sci, sci, sci_for_ai, unit_note
from modicum.errors import CarbonError
from modicum.figures import Figure


def grams(value: float) -> Figure:
    return Figure.exact(value, "gCO2e", basis="modelled", source="test", boundary="test")


def phase(operational: float, unit: str = "token") -> Sci:
    return Sci(grams(operational), grams(10), unit, 100, "model")


def test_sci_is_operational_and_embodied_per_functional_unit() -> None:
    energy = Figure.exact(3, "kWh", basis="measured", source="meter", boundary="server")
    grid = Figure.exact(100, "gCO2e/kWh", basis="reported", source="grid", boundary="grid")
    told = sci(energy, grid, grams(200), unit="request", units=50, boundary="chat service")
    assert told.rate.value == pytest.approx(10)
    assert told.rate.unit == "gCO2e/request"


def test_a_report_states_what_the_standard_asks() -> None:
    wanted = {"standard", "sci", "functional_unit", "boundary", "operational", "embodied", "method"}
    assert set(phase(1).to_dict()) == wanted


def test_a_providers_sci_for_ai_needs_every_phase() -> None:
    whole = {n: phase(90) for n in PHASES["provider"]}
    assert sci_for_ai(whole, "provider").value == pytest.approx(4)
    assert sci_for_ai({"runtime-operations": phase(40)}, "consumer").value == pytest.approx(0.5)
    with pytest.raises(CarbonError, match="lacks data-engineering"):
        sci_for_ai({"model-training": phase(1)}, "provider")


def test_stages_and_units_are_those_of_the_specification() -> None:
    # SCI for AI, Green Software Foundation 2025, sections 6.1, 6.2, 8.1 and 8.2.
    assert PHASES["consumer"] == ("runtime-operations",)
    assert PHASES["provider"] == (
        "data-engineering",
        "model-training",
        "system-integration",
        "end-of-life",
    )
    assert "token" in FUNCTIONAL_UNITS["consumer"]
    assert unit_note("FLOP", "provider") is None
    assert "'request' is none of them" in (unit_note("request", "consumer") or "")


def test_phases_of_different_units_are_not_added() -> None:
    mixed = {n: phase(1, n) for n in PHASES["provider"]}
    with pytest.raises(CarbonError, match="one functional unit"):
        sci_for_ai(mixed, "provider")


def test_an_embodied_share_beyond_the_life_is_refused() -> None:
    with pytest.raises(CarbonError, match="whole life"):
        embodied_share(grams(100), hours=11, life_hours=10)


@pytest.mark.parametrize("units", [0, -1])
def test_a_rate_needs_a_unit(units: float) -> None:
    with pytest.raises(CarbonError, match="at least one"):
        Sci(grams(1), grams(1), "request", units, "x")
