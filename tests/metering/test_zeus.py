"""Zeus' devices: stand-ins with Zeus' own methods everywhere, Zeus itself where it is installed."""

from __future__ import annotations

import importlib.util
import time
from types import SimpleNamespace
from typing import Any

import pytest

from modicum.checks.meter_source import check_meter_source
from modicum.errors import MeterError
from modicum.metering import Meter
from modicum.metering.zeus import Zeus


class Amd:
    """A board of 100 W that counts, or only tells its power; in Zeus' units."""

    def __init__(self, counts: bool = True) -> None:
        self.counts, self.broken = counts, False

    def get_name(self) -> str:
        return "AMD Instinct MI300X"

    def supports_get_total_energy_consumption(self) -> bool:
        return self.counts

    def get_total_energy_consumption(self) -> int:
        if self.broken:
            raise RuntimeError("lost")
        return round(time.perf_counter() * 100e3)

    def get_instant_power_usage(self) -> int:
        return 100_000


class Chip:
    """Milli-joules of a chip that the test sets."""

    def __init__(self, **fields: float | None) -> None:
        self.fields = fields

    def get_total_energy_consumption(self) -> Any:
        return SimpleNamespace(**self.fields)


@pytest.mark.parametrize("counts", [True, False])
def test_an_amd_board_keeps_the_protocol(counts: bool) -> None:
    check_meter_source(lambda: Zeus([Amd(counts)]))


@pytest.mark.parametrize("counts", [True, False])
def test_a_board_of_100_watts_is_found_by_counter_and_by_power(counts: bool) -> None:
    with Meter(sources=(Zeus([Amd(counts)]),), idle="whole").window() as window:
        time.sleep(0.3)
    gpu = next(d for d in window.reading.devices if d.kind == "gpu")
    assert gpu.machine_j.value == pytest.approx(100.0 * window.reading.wall_seconds, rel=0.15)
    assert gpu.machine_j.source == "Zeus, AMD Instinct MI300X"


def test_nobody_knows_who_used_the_board_so_the_interval_is_from_none_to_all() -> None:
    with Meter(sources=(Zeus([Amd()]),), idle="by-use").window() as window:
        time.sleep(0.2)
    gpu = next(d for d in window.reading.devices if d.kind == "gpu")
    assert gpu.share.low == 0.0
    assert gpu.share.high == 1.0
    assert gpu.energy_j.high >= gpu.machine_j.value


def test_apples_parts_are_joules_of_processor_memory_gpu_and_neural_engine() -> None:
    chip = Chip(cpu_total_mj=0, dram_mj=0, gpu_mj=0, ane_mj=None)
    zeus = Zeus(soc=chip)
    start = zeus.mark()
    chip.fields = {"cpu_total_mj": 5000, "dram_mj": 1000, "gpu_mj": 3000, "ane_mj": None}
    found = {d.device: (d.kind, d.energy_j.value) for d in zeus.between(start, zeus.mark())}
    assert found == {"cpu": ("cpu", 5.0), "dram": ("memory", 1.0), "gpu": ("gpu", 3.0)}


def test_a_jetsons_board_holds_its_processor_which_is_not_added_again() -> None:
    chip = Chip(cpu_energy_mj=0.0, gpu_energy_mj=0.0, total_energy_mj=0.0)
    with Meter(sources=(Zeus(soc=chip),), idle="whole").window() as window:
        chip.fields = {"cpu_energy_mj": 2e3, "gpu_energy_mj": 3e3, "total_energy_mj": 10e3}
    counted = {d.device: d.machine_j.value for d in window.reading.devices if d.in_total}
    assert counted == {"board without GPUs": pytest.approx(7.0), "gpu": pytest.approx(3.0)}


def test_a_board_that_is_lost_is_unknown_not_0() -> None:
    board = Amd()
    zeus = Zeus([board])
    start = zeus.mark()
    board.broken = True
    (device,) = zeus.between(start, zeus.mark())
    assert device.energy_j.value is None
    assert "unreadable" in device.energy_j.reason


def test_without_the_library_there_is_one_clear_sentence() -> None:
    if importlib.util.find_spec("zeus") is not None:
        pytest.skip("Zeus is installed")
    with pytest.raises(MeterError, match=r"modicum\[zeus\]"):
        Zeus.find()


def test_zeus_itself_is_asked_in_its_own_names() -> None:
    pytest.importorskip("zeus")
    from zeus.device.gpu.common import GPU
    from zeus.device.soc.apple import AppleSiliconMeasurement
    from zeus.device.soc.jetson import JetsonMeasurement

    from modicum.metering.zeus import _FIELDS

    for name in ("supports_get_total_energy_consumption", "get_total_energy_consumption",
                 "get_instant_power_usage", "get_name"):  # fmt: skip
        assert hasattr(GPU, name)
    fields = {
        *AppleSiliconMeasurement.__dataclass_fields__,
        *JetsonMeasurement.__dataclass_fields__,
    }
    assert set(_FIELDS) <= fields
    assert Zeus.find().devices == () or Zeus.find().devices
