from __future__ import annotations

import pytest

from modicum.figures import Figure
from modicum.metering.attribution import charged, share_of, split, without_double
from modicum.metering.reading import Kind
from modicum.metering.source import DeviceEnergy


def joules(value: float) -> Figure:
    return Figure.within(value, 1.05, "J", basis="measured", source="counter", boundary="package")


def watts(value: float) -> Figure:
    return Figure.within(value, 1.5, "W", basis="modelled", source="model", boundary="rest")


def test_processes_and_idle_add_up_to_the_machine() -> None:
    device, idle = joules(1000.0), watts(20.0)
    shares = [share_of(mine, 40.0, 0.1) for mine in (10.0, 25.0, 5.0)]
    parts = [charged(device, idle, share, 20.0, "excluded") for share in shares]
    _, at_rest = split(device, idle, 20.0)
    assert at_rest.value is not None
    whole = sum(p.value or 0.0 for p in parts) + at_rest.value
    assert whole == pytest.approx(1000.0, rel=1e-9)


@pytest.mark.parametrize("idle_w", [0.0, 10.0, 1000.0])
def test_idle_never_exceeds_the_machine_and_dynamic_never_falls_below_zero(idle_w: float) -> None:
    dynamic, at_rest = split(joules(100.0), watts(idle_w), 10.0)
    assert dynamic.low is not None
    assert dynamic.low >= 0.0
    assert (dynamic.value or 0.0) + (at_rest.value or 0.0) == pytest.approx(100.0)


def test_one_busy_core_is_never_charged_more_than_the_machine() -> None:
    share = share_of(9.9, 8.0, 0.5)  # ticks lag behind the process clock
    assert share.value == 1.0
    assert share.high == 1.0
    mine = charged(joules(100.0), watts(1.0), share, 10.0, "whole")
    assert (mine.value or 0.0) <= 100.0 + 1e-9


def test_a_sleeper_pays_nothing_for_its_neighbour_however_the_machine_burns() -> None:
    mine = charged(joules(5000.0), watts(10.0), share_of(0.0, 20.0, 0.04), 10.0, "excluded")
    assert mine.value == 0.0
    assert mine.high == 0.0


def test_by_use_shares_idle_too() -> None:
    mine = charged(joules(100.0), watts(5.0), share_of(1.0, 4.0, 0.0), 10.0, "by-use")
    assert mine.value == pytest.approx(25.0)
    assert "idle shared" in mine.boundary
    assert mine.basis == "measured"


def test_an_unknown_counter_stays_unknown() -> None:
    lost = Figure.unknown("J", "unreadable")
    assert charged(lost, watts(5.0), share_of(1.0, 4.0, 0.0), 10.0, "excluded").value is None


def device(name: str, kind: Kind, value: float) -> DeviceEnergy:
    return DeviceEnergy(name, kind, joules(value))


def test_a_wall_meter_contains_the_rest_and_gpus_are_taken_off_it_once() -> None:
    devices = [device("package-0", "cpu", 50.0), device("gpu-0", "gpu", 30.0),
               device("wall", "machine", 100.0)]  # fmt: skip
    once = without_double(devices)
    counted = {d.device: d.energy_j.value for d in once if d.in_total}
    assert counted == {"wall without GPUs": pytest.approx(70.0), "gpu-0": 30.0}


def test_a_gpu_above_the_wall_leaves_no_negative_energy() -> None:
    once = without_double([device("gpu-0", "gpu", 120.0), device("wall", "machine", 100.0)])
    rest = next(d for d in once if d.kind == "machine").energy_j
    assert (rest.value, rest.low) == (0.0, 0.0)
