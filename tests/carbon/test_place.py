"""A place turns joules into carbon, water and money on the user's own terms."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from modicum.carbon.choose import find_live
from modicum.carbon.embodied import device_embodied, embodied_of_use
from modicum.carbon.live import Cached
from modicum.carbon.place import Place
from modicum.errors import CarbonError
from modicum.figures import Figure


def kwh(value: float) -> Figure:
    return Figure.exact(value, "kWh", basis="measured", source="a meter", boundary="server")


class Grid:
    """A live grid whose intensity the test sets."""

    name, unit_basis, step_s = "a grid", "average", 3600.0

    def __init__(self, *grams: float) -> None:
        self.grams = list(grams)

    def now(self, zone: str) -> float:
        if not self.grams:
            raise CarbonError("nothing left")
        return self.grams.pop(0)

    def ahead(self, zone: str) -> list[float]:
        return [300.0, 100.0, 200.0]


def aged() -> Callable[[], float]:
    """A clock on which every look is half an hour after the last."""
    times = iter(range(10_000_000, 20_000_000, 1800))
    return lambda: float(next(times))


def test_a_tariff_a_supplier_and_an_own_grid_factor_replace_the_tables() -> None:
    place = Place("FRA", supplier_g_per_kwh=10, grid_g_per_kwh=100, tariff="0.25 eur")
    used = place.footprint(kwh(2), 60.0)
    assert used.carbon_g.value == pytest.approx(200.0)
    assert used.carbon_market_g.value == pytest.approx(20.0)
    assert (used.cost.value, used.cost.unit) == (pytest.approx(0.5), "EUR")
    assert used.cost.source.endswith("tariff, as given")


def test_a_provider_brings_its_pue_and_its_water() -> None:
    bare = Place("USA").footprint(kwh(1), 60.0)
    used = Place("USA", provider="google").footprint(kwh(1), 60.0)
    assert used.energy_j.value == pytest.approx(1.1 * 3.6e6)
    assert used.water_l.value > bare.water_l.value * 1.1
    own = Place("USA", pue=1.0, site_l_per_kwh=0.0).footprint(kwh(1), 60.0)
    assert own.water_l.value == pytest.approx(bare.water_l.value)


def test_embodied_is_the_share_of_life_and_device_and_never_inside_the_carbon_of_use() -> None:
    used = Place("FRA", device="8766", life_years=1, share=0.5).footprint(kwh(1), 3600.0)
    assert used.embodied_g.value == pytest.approx(500.0)  # 1 kg an hour, half of it
    assert used.carbon_g.value == pytest.approx(Place("FRA").footprint(kwh(1), 1.0).carbon_g.value)
    assert not Place("FRA").footprint(kwh(1), 3600.0).embodied_g.known


def test_devices_of_the_table_carry_life_and_source() -> None:
    hour = embodied_of_use("server", seconds=3600.0)
    assert hour.value == pytest.approx(2500e3 / (6 * 8766))
    assert "HPE" in hour.source
    assert hour.boundary.endswith("over 6 years, 100% of it reserved")
    with pytest.raises(CarbonError, match="gpu-h100 or kilograms"):
        device_embodied("toaster")


def test_a_live_grid_counts_with_both_ends_of_the_work() -> None:
    place = Place("DEU", live=(Cached(Grid(100.0, 300.0), clock=aged()), "DE"))
    before = place.factors()
    used = place.footprint(kwh(1), 60.0, before)
    assert used.carbon_g.value == pytest.approx(200.0)
    assert used.carbon_g.low <= 100.0
    assert used.carbon_g.high >= 300.0


def test_a_live_grid_that_fails_gives_the_yearly_factor_and_says_so() -> None:
    place = Place("DEU", live=(Cached(Grid(), clock=aged()), "DE"))
    used = place.footprint(kwh(1), 60.0, place.factors())
    assert used.carbon_g.value == pytest.approx(380.95)
    assert "no live figure (nothing left)" in used.carbon_g.source


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (Place(pue=1.2, provider="aws"), "give one"),
        (Place(grid_g_per_kwh=1, live=(Cached(Grid(1.0)), "DE")), "give one"),
        (Place(tariff="cheap"), "0.30 EUR"),
        (Place(grid_g_per_kwh=-1), "0 or more"),
        (Place(pue=0.5), "physical limit"),
        (Place(device="server", share=2.0), "resource share"),
    ],
)
def test_what_cannot_be_is_refused_with_its_cure(place: Place, said: str) -> None:
    with pytest.raises(CarbonError, match=said):
        place.footprint(kwh(1), 60.0)


@pytest.mark.parametrize("text", ["watttime", "electricitymaps:", "sun:DE"])
def test_a_live_grid_needs_a_known_source_and_a_zone(text: str) -> None:
    with pytest.raises(CarbonError, match=r"zone|known"):
        find_live(text, {})


def test_a_forecast_is_modelled_and_wider_than_the_present() -> None:
    cached = Cached(Grid(100.0))
    now, ahead = cached.factor("DE", "DEU"), cached.ahead("DE")
    assert [f.value for f in ahead] == [300.0, 100.0, 200.0]
    assert ahead[1].basis == "modelled"
    assert ahead[1].high - ahead[1].low > now.high - now.low


def test_no_footprint_dips_below_zero_however_wide_its_parts_are() -> None:
    wide = Figure.of(1, 0, 9, "J", basis="modelled", source="m", boundary="b")
    used = Place().footprint(wide, 1.0)
    for figure in (used.carbon_g, used.water_l, used.cost):
        assert figure.low >= 0.0
