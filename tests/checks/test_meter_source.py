from __future__ import annotations

import itertools
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from modicum.checks.meter_source import check_joules, check_meter_source
from modicum.figures import Figure
from modicum.metering.nvidia import Nvidia
from modicum.metering.prometheus import Prometheus
from modicum.metering.rapl import Rapl
from modicum.metering.replay import Replay, Replayed, WallLog
from modicum.metering.source import DeviceEnergy
from modicum.metering.trace import PowerTrace


def replay() -> Replay:
    trace = PowerTrace.of([(0.0, 40.0), (1e9, 40.0)])
    return Replay({"wall": Replayed("machine", trace)}, time.perf_counter)


def test_the_replay_keeps_the_protocol() -> None:
    check_meter_source(replay)


def test_a_wall_log_keeps_the_protocol(tmp_path: Path) -> None:
    log = tmp_path / "wall.csv"
    now = time.time()
    log.write_text("seconds,watts\n" + "".join(f"{now + t},50\n" for t in range(-5, 60)))
    check_meter_source(lambda: WallLog(log))


def test_rapl_keeps_the_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "intel-rapl:0"
    folder.mkdir()
    for name, text in (("name", "package-0"), ("max_energy_range_uj", "99999999999"),
                       ("energy_uj", "1")):  # fmt: skip
        (folder / name).write_text(text)
    counter = itertools.count(1, 1000)
    read = Path.read_text

    def moving(self: Path, encoding: str | None = None, errors: str | None = None) -> str:
        return str(next(counter)) if self.name == "energy_uj" else read(self, encoding, errors)

    monkeypatch.setattr(Path, "read_text", moving)
    check_meter_source(lambda: Rapl(tmp_path))


class Driver(SimpleNamespace):
    class NVMLError(Exception):
        pass


@pytest.mark.parametrize("counter", [True, False])
def test_nvml_keeps_the_protocol_with_and_without_a_counter(counter: bool) -> None:
    def energy(_: Any) -> int:
        if not counter:
            raise Driver.NVMLError("not supported")
        return round(time.perf_counter() * 200_000)

    driver = Driver(
        nvmlInit=lambda: None, nvmlShutdown=lambda: None, nvmlDeviceGetCount=lambda: 1,
        nvmlDeviceGetHandleByIndex=lambda i: i, nvmlDeviceGetName=lambda _: "GPU",
        nvmlDeviceGetPowerUsage=lambda _: 200_000, nvmlDeviceGetTotalEnergyConsumption=energy,
        nvmlDeviceGetComputeRunningProcesses=lambda _: [],
        nvmlDeviceGetGraphicsRunningProcesses=lambda _: [],
        NVML_DEVICE_MIG_ENABLE=1, nvmlDeviceGetMigMode=lambda _: [0, 0],
    )  # fmt: skip
    check_meter_source(lambda: Nvidia(driver))


def test_a_prometheus_server_that_is_down_keeps_the_protocol() -> None:
    check_meter_source(lambda: Prometheus("http://127.0.0.1:9", "x", timeout_s=0.5))


class Wrong(Replay):
    """A source that breaks one rule."""

    def __init__(self, device: DeviceEnergy) -> None:
        super().__init__({}, time.perf_counter)
        self._device = device

    def between(self, start: float, end: float) -> tuple[DeviceEnergy, ...]:
        return (self._device,)


def joules(value: float, unit: str = "J") -> Figure:
    return Figure.within(value, 1.1, unit, basis="measured", source="s", boundary="b")


@pytest.mark.parametrize(
    ("device", "rule"),
    [
        (DeviceEnergy("d", "cpu", joules(1.0, "W")), "energy is in J"),
        (DeviceEnergy("d", "toaster", joules(1.0)), "is a kind"),  # type: ignore[arg-type]
        (DeviceEnergy("d", "cpu", joules(1.0), shares={1: 0.8, 2: 0.8}), "at most 1"),
        (DeviceEnergy("d", "cpu", joules(1.0), idle_w=joules(1.0)), "idle power is in W"),
        (DeviceEnergy("d", "cpu", -joules(1.0)), "not negative"),
    ],
)
def test_a_source_that_breaks_a_rule_is_caught(device: DeviceEnergy, rule: str) -> None:
    with pytest.raises(AssertionError, match=rule):
        check_meter_source(lambda: Wrong(device), seconds=0.001)


def test_energy_without_a_source_is_caught() -> None:
    bare = Figure.within(1.0, 1.1, "J", basis="measured", source="", boundary="")
    with pytest.raises(AssertionError, match="source and boundary"):
        check_joules(bare)


class Crashing(Replay):
    def mark(self) -> float:
        raise RuntimeError("driver gone")


def test_a_source_whose_mark_raises_is_caught() -> None:
    with pytest.raises(RuntimeError, match="driver gone"):
        check_meter_source(lambda: Crashing({}, time.perf_counter))
