from __future__ import annotations

from pathlib import Path

import pytest

from modicum.metering import Meter, PowerModel
from modicum.metering.rapl import Counter, Rapl, RaplMark, find_zones


def power() -> PowerModel:
    return PowerModel(
        cpu="test", watts=1.0, low=0.5, high=2.0, idle_watts=0.1, idle_low=0.05, idle_high=0.2,
        threads=2, source="a test",
    )  # fmt: skip


def zone(root: Path, folder: str, name: str, energy: int, limit: int = 1_000_000_000) -> Path:
    (root / folder).mkdir(parents=True)
    (root / folder / "name").write_text(name)
    (root / folder / "max_energy_range_uj").write_text(str(limit))
    (root / folder / "energy_uj").write_text(str(energy))
    return root / folder / "energy_uj"


def test_packages_and_dram_count_and_what_they_hold_does_not(tmp_path: Path) -> None:
    zone(tmp_path, "intel-rapl:0", "package-0", 1)
    zone(tmp_path, "intel-rapl:0:0", "core", 1)
    zone(tmp_path, "intel-rapl:0:1", "dram", 1)
    zone(tmp_path, "intel-rapl:1", "psys", 1)
    zones, refused = find_zones(tmp_path)
    assert {z.name: z.in_total for z in zones} == {
        "package-0": True, "core-0": False, "dram-0": True, "psys": False,
    }  # fmt: skip
    assert refused == []


def test_joules_are_the_difference_of_the_counters(tmp_path: Path) -> None:
    counter = zone(tmp_path, "intel-rapl:0", "package-0", 1_000_000)
    rapl = Rapl(tmp_path)
    start = rapl.mark()
    counter.write_text("4500000")
    (device,) = rapl.between(start, rapl.mark())
    assert device.energy_j.value == 3.5
    assert device.energy_j.basis == "measured"


def test_a_wrap_is_unwrapped(tmp_path: Path) -> None:
    counter = zone(tmp_path, "intel-rapl:0", "package-0", 990_000_000)
    rapl = Rapl(tmp_path)
    start = rapl.mark()
    counter.write_text("10000000")
    (device,) = rapl.between(start, rapl.mark())
    assert device.energy_j.value == 20.0


def test_polling_sees_two_wraps_in_one_window(tmp_path: Path) -> None:
    counter = zone(tmp_path, "intel-rapl:0", "package-0", 0, limit=100_000_000)
    rapl = Rapl(tmp_path)
    start = rapl.mark()
    for value in (40, 80, 20, 60, 100, 40):  # 40 J a step, through the end at 100 J twice
        counter.write_text(str(value * 1_000_000))
        rapl.poll()
    (device,) = rapl.between(start, rapl.mark())
    assert device.energy_j.value == 240.0


def test_a_counter_that_goes_back_a_little_is_a_fault_and_not_a_wrap(tmp_path: Path) -> None:
    counter = zone(tmp_path, "intel-rapl:0", "package-0", 500_000_000)
    rapl = Rapl(tmp_path)
    start = rapl.mark()
    counter.write_text("400000000")
    (device,) = rapl.between(start, rapl.mark())
    assert device.energy_j.value is None
    assert "set back" in str(device.energy_j.reason)


def test_a_counter_that_vanishes_in_the_window_is_replaced_by_the_model_and_said(
    tmp_path: Path,
) -> None:
    counter = zone(tmp_path, "intel-rapl:0", "package-0", 1_000_000)
    meter = Meter(sources=(Rapl(tmp_path),), power=power())
    with meter.window("vanishing") as window:
        counter.unlink()
    reading = window.reading
    assert {d.device: d.in_total for d in reading.devices}["package-0"] is False
    assert any("the power model stands in" in note for note in reading.notes)
    assert reading.energy_j.value is not None
    assert any(d.device == "cpu" and d.in_total for d in reading.devices)


def test_a_counter_that_vanished_and_came_back_has_lost_the_time_between(tmp_path: Path) -> None:
    counter = zone(tmp_path, "intel-rapl:0", "package-0", 1_000_000)
    rapl = Rapl(tmp_path)
    start = rapl.mark()
    counter.unlink()
    rapl.poll()
    counter.write_text("2000000")
    (device,) = rapl.between(start, rapl.mark())
    assert device.energy_j.value is None


def test_a_frozen_counter_is_unknown_and_not_zero(tmp_path: Path) -> None:
    zone(tmp_path, "intel-rapl:0", "package-0", 7)
    rapl = Rapl(tmp_path)
    (start,) = rapl.mark()
    (device,) = rapl.between((start,), (RaplMark(start.total_uj, start.faults, start.at_s + 1),))
    assert device.energy_j.value is None
    assert "stood still" in str(device.energy_j.reason)


def test_an_unreadable_counter_is_refused_with_the_command_that_opens_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = zone(tmp_path, "intel-rapl:0", "package-0", 1)
    read = Path.read_text

    def guarded(self: Path, encoding: str | None = None, errors: str | None = None) -> str:
        if self == locked:
            raise PermissionError(13, "Permission denied")
        return read(self, encoding, errors)

    monkeypatch.setattr(Path, "read_text", guarded)
    zones, refused = find_zones(tmp_path)
    assert zones == []
    assert "sudo chmod o+r" in refused[0]


def test_the_counter_replaces_the_model_and_only_the_share_is_charged(tmp_path: Path) -> None:
    counter = zone(tmp_path, "intel-rapl:0", "package-0", 0)
    meter = Meter(sources=(Rapl(tmp_path),), power=power())
    with meter.window("share") as window:
        counter.write_text("5000000")
    package = next(d for d in window.reading.devices if d.device == "package-0")
    assert package.machine_j is not None
    assert package.machine_j.value == 5.0
    assert package.energy_j.value is not None
    assert 0.0 <= package.energy_j.value <= 5.0
    assert not any(d.device == "cpu" for d in window.reading.devices)
    assert meter.keeper is not None
    assert not meter.keeper.running


def test_a_counter_unwraps_only_forward() -> None:
    values = iter([10, 5, 8])
    counter = Counter(lambda: next(values), 1000)
    assert counter.update() == 0
    assert counter.faults == 1
    assert counter.update() == 3
