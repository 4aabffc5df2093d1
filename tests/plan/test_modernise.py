"""Three worked cases of modernisation, checked by hand, and a fleet with its levers."""

from datetime import date

import pytest

from modicum.errors import PlanError
from modicum.plan.devices import Device, devices, find_device
from modicum.plan.fleet import flattened, fleet_saving, plan_fleet
from modicum.plan.modernise import Estate, Modernisation, consolidated, modernise
from modicum.plan.servers import generate_fleet

START = date(2026, 1, 1)


def box(name: str, watts: float, performance: float, made: float, kind: str = "server") -> Device:
    """A device with the same power at any load, so that a case can be done by hand."""
    kg = (made, made, made)
    return Device(name, kind, watts, watts, 1.15, performance, "work", kg, 2026, "worked case")


def case(old: Estate, new: Device, **changes: object) -> Modernisation:
    inputs: dict[str, object] = {"grid_g_per_kwh": 400, "start": START, "region": "IRL"}
    return modernise(old, new, **(inputs | changes))  # type: ignore[arg-type]


def test_old_cpus_to_new_by_hand() -> None:
    # 10 x 200 W x 8760 h = 17,520 kWh a year; 2 x 300 W x 8760 h = 5,256; saved 12,264.
    found = case(
        Estate(box("old", 200, 1, 0), 10, 0.2),
        box("new", 300, 2, 1000),
        load=0.5,
        price_of_device=5000,
    )
    assert found.new.count == 2
    assert found.energy_saved.to("kWh").value == pytest.approx(5 * 12_264)
    assert found.carbon_saved_yearly.to("kgCO2e").value == pytest.approx(4905.6)
    assert found.embodied.value == 2000
    assert found.carbon_saved.to("kgCO2e").value == pytest.approx(5 * 4905.6 - 2000)
    assert found.money_saved.value == pytest.approx(5 * 12_264 * 0.256 - 2 * 5000)
    assert found.break_even_years.value == pytest.approx(2000 / 4905.6)


def test_a_gpu_generation_by_hand() -> None:
    # 8 x 300 W against 3 x 700 W: 300 W x 8760 h = 2,628 kWh a year, 1,051.2 kg; 3 x 500 kg made.
    old = Estate(box("v", 300, 125, 0, "accelerator"), 8, 0.5)
    found = case(
        old, box("h", 700, 400, 500, "accelerator"), load=0.5, years=4, price_of_device=100
    )
    assert found.new.count == 3
    assert found.energy_saved.to("kWh").value == pytest.approx(4 * 2628)
    assert found.embodied.value == 1500
    assert found.break_even_years.value == pytest.approx(1500 / 1051.2)
    assert found.money_saved.value == pytest.approx(4 * 2628 * 0.256 - 300)


def test_a_10g_network_to_100g_by_hand() -> None:
    # 10 x 125 W against 2 x 190 W: 870 W x 8760 h = 7,621.2 kWh a year, 3,048.48 kg; 2 x 300 kg.
    old = Estate(find_device("switch-10g"), 10, 0.3)
    found = case(old, find_device("switch-100g"), years=3, price_of_device=1000)
    assert found.new.count == 2
    assert found.energy_saved.to("kWh").value == pytest.approx(3 * 7621.2)
    assert found.carbon_saved_yearly.to("kgCO2e").value == pytest.approx(3048.48)
    assert found.embodied.value == 600
    assert found.break_even_years.value == pytest.approx(600 / 3048.48)
    assert found.money_saved.value == pytest.approx(3 * 7621.2 * 0.256 - 2000)


def test_what_never_pays_back_its_embodied_carbon_is_said_so() -> None:
    worse = case(Estate(box("old", 100, 1, 0), 1, 0.5), box("new", 200, 1, 1000))
    assert worse.pays_back is False
    assert worse.verdict().startswith("never pays back its embodied carbon")
    slow = case(Estate(box("old", 200, 1, 0), 1, 0.5), box("new", 100, 1, 5000), grid_g_per_kwh=30)
    assert slow.pays_back is False
    assert "does not pay back its embodied carbon in 5 years" in slow.verdict()


def test_a_clean_grid_makes_the_same_change_pay_back_later() -> None:
    old, new = Estate(box("old", 200, 1, 0), 4, 0.5), box("new", 100, 1, 500)
    late, soon = (case(old, new, grid_g_per_kwh=g).break_even_years.value for g in (40, 400))
    assert late == pytest.approx(10 * (soon or 0))


def test_consolidation_keeps_the_work() -> None:
    old = Estate(find_device("server-2013"), 100, 0.2)
    new = consolidated(old, find_device("server-2021"), 0.5)
    assert new.work == pytest.approx(old.work)
    # 100 x 0.2 of work; one new server does 6.4 x 0.5.
    assert new.count == 7


def test_devices_of_different_work_are_not_compared() -> None:
    with pytest.raises(PlanError, match="compare devices of one kind"):
        consolidated(Estate(find_device("server-2013"), 1, 0.5), find_device("h100"), 0.5)


def test_a_price_in_another_currency_is_not_added() -> None:
    found = case(
        Estate(box("old", 200, 1, 0), 1, 0.5),
        box("new", 100, 1, 1),
        region="USA",
        price_of_device=10,
    )
    assert not found.money_saved.known
    assert "USD" in (found.money_saved.reason or "")


def test_every_device_has_a_year_a_source_and_more_power_busy_than_idle() -> None:
    for device in devices().values():
        assert 2005 <= device.year <= 2026
        assert len(device.source) > 10
        assert 0 < device.idle_w <= device.max_w


def test_the_fleet_saves_thirty_percent_of_its_energy_and_stays_under_its_bound() -> None:
    plan = plan_fleet(generate_fleet(500))
    assert 0.30 <= plan.saving <= plan.bound
    assert sum(plan.each().values()) == pytest.approx(plan.saving)
    assert all(part >= 0 for part in plan.each().values())


def test_the_fleets_saving_has_an_interval_for_its_idle_power() -> None:
    saving = fleet_saving(500)
    assert (saving.low or 0) < (saving.value or 0) < (saving.high or 1)


def test_flattening_keeps_the_days_work() -> None:
    day = (1.0, 5.0, 3.0, 9.0)
    assert sum(flattened(day)) == pytest.approx(sum(day))
    assert max(flattened(day)) < max(day)


def test_a_fleet_too_small_for_its_busiest_hour_is_refused() -> None:
    with pytest.raises(PlanError, match="give more servers"):
        generate_fleet(10, mean_load=0.9)
