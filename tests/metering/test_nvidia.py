from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from modicum.metering import Meter, PowerModel
from modicum.metering.nvidia import Nvidia


class NVMLError(Exception):
    pass


class Board:
    """A driver whose one GPU draws what `watts` says; time moves when the test says so."""

    NVMLError = NVMLError
    NVML_DEVICE_MIG_ENABLE = 1

    def __init__(self, watts: list[float], *, counter: bool = True, step_s: float = 0.02) -> None:
        self.now, self._watts, self._counter, self._step = 0.0, watts, counter, step_s
        self.processes: list[int] = []
        self.used: dict[int, int] = {}
        self.broken = False
        self.instances: dict[int, tuple[int, list[int]]] = {}  # slices and processes of each

    def watts(self, moment: float) -> float:
        return self._watts[int(moment * 10) % len(self._watts)]  # each value holds 100 ms

    def joules(self, moment: float) -> float:
        full = int(moment * 10)
        done = sum(self._watts[i % len(self._watts)] for i in range(full)) / 10
        return done + self.watts(moment) * (moment - full / 10)

    def nvmlDeviceGetMigMode(self, handle: int) -> list[int]:  # noqa: N802
        if not self.instances:
            raise NVMLError("not supported")
        return [1, 1]

    def nvmlDeviceGetMaxMigDeviceCount(self, handle: int) -> int:  # noqa: N802
        return 7

    def nvmlDeviceGetMigDeviceHandleByIndex(self, handle: int, index: int) -> str:  # noqa: N802
        if index not in self.instances:
            raise NVMLError("not found")
        return f"mig{index}"

    def nvmlDeviceGetAttributes(self, instance: str) -> Any:  # noqa: N802
        return SimpleNamespace(gpuInstanceSliceCount=self.instances[int(instance[3:])][0])

    def nvmlInit(self) -> None: ...  # noqa: N802
    def nvmlShutdown(self) -> None: ...  # noqa: N802
    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return 1

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        return index

    def nvmlDeviceGetName(self, handle: int) -> str:  # noqa: N802
        return "Test GPU"

    def nvmlDeviceGetPowerUsage(self, handle: int) -> int:  # noqa: N802
        if self.broken:
            raise NVMLError("lost")
        return round(self.watts(self.now) * 1000)

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: int) -> int:  # noqa: N802
        if not self._counter or self.broken:
            raise NVMLError("not supported")
        return round(self.joules(int(self.now / self._step) * self._step) * 1000)

    def nvmlDeviceGetComputeRunningProcesses(self, handle: int | str) -> list[Any]:  # noqa: N802
        if isinstance(handle, str):
            return [SimpleNamespace(pid=p) for p in self.instances[int(handle[3:])][1]]
        return [SimpleNamespace(pid=pid) for pid in self.processes]

    def nvmlDeviceGetGraphicsRunningProcesses(self, handle: int) -> list[Any]:  # noqa: N802
        return []

    def nvmlDeviceGetProcessUtilization(self, handle: int, since: int) -> list[Any]:  # noqa: N802
        return [SimpleNamespace(pid=pid, smUtil=use) for pid, use in self.used.items()]


def between(board: Board, seconds: float, poll_s: float | None = None) -> Any:
    source = Nvidia(board, clock=lambda: board.now)
    start = source.mark()
    begin = board.now
    if poll_s:
        while board.now < begin + seconds - 1e-9:
            board.now = min(begin + seconds, board.now + poll_s)
            source.poll()
    board.now = begin + seconds
    (device,) = source.between(start, source.mark())
    return device


def test_the_energy_counter_comes_first_and_is_only_polled_to_see_who_runs() -> None:
    board = Board([300.0])
    assert Nvidia(board).period_s == 1.0
    assert Nvidia(Board([300.0], counter=False)).period_s == 0.1
    device = between(board, 30.0)
    assert device.energy_j.value == pytest.approx(9000.0, rel=0.002)
    assert "energy counter" in device.energy_j.source


def test_integrated_power_agrees_with_the_counter_within_2_percent_over_30_s() -> None:
    load = [100.0, 100.0, 250.0, 400.0, 400.0, 300.0, 120.0]
    counted = between(Board(load), 30.0).energy_j.value
    integrated = between(Board(load, counter=False), 30.0, poll_s=0.1).energy_j.value
    assert integrated == pytest.approx(counted, rel=0.02)


def test_a_square_wave_is_within_5_percent() -> None:
    board = Board([500.0] * 3 + [80.0] * 5, counter=False)
    device = between(board, 16.0, poll_s=0.1)
    assert device.energy_j.value == pytest.approx(16.0 * (500 * 3 + 80 * 5) / 8, rel=0.05)


@pytest.mark.parametrize("seconds", [0.001, 0.01, 0.05, 0.099])
def test_a_window_below_100_ms_is_never_zero(seconds: float) -> None:
    board = Board([200.0], step_s=0.1)
    device = between(board, seconds)
    assert device.energy_j.value == pytest.approx(200.0 * seconds, rel=0.01)
    assert device.energy_j.high > device.energy_j.value


def test_repeats_agree_within_1_percent() -> None:
    board = Board([90.0, 310.0])
    values = []
    for _ in range(5):
        values.append(between(board, 4.0).energy_j.value)
        board.now = round(board.now + 0.5, 3)
    assert max(values) / min(values) < 1.01


def test_a_lost_gpu_is_unknown_with_its_reason() -> None:
    board = Board([200.0])
    source = Nvidia(board, clock=lambda: board.now)
    start = source.mark()
    board.broken = True
    (device,) = source.between(start, source.mark())
    assert device.energy_j.value is None
    assert "unreadable" in device.energy_j.reason


def test_processes_share_by_their_use_and_one_alone_has_all() -> None:
    board = Board([200.0])
    board.processes = [7]
    assert between(board, 1.0).shares == {7: 1.0}
    board.processes, board.used = [7, 8], {7: 30, 8: 10}
    assert between(board, 1.0).shares == {7: 0.75, 8: 0.25}


def replayed(board: Board, run: Callable[[Nvidia], None]) -> Any:
    """The GPU's reading of a window of this process around `run`."""
    source = Nvidia(board, clock=lambda: board.now)
    source.period_s = None  # the test polls, not a thread
    power = PowerModel("test", 1.0, 0.5, 2.0, 0.1, 0.05, 0.2, 2, "a test")
    meter = Meter(sources=(source,), power=power, clock=lambda: board.now)
    with meter.window("gpu", own=False) as window:
        run(source)
    gpu = next(d for d in window.reading.devices if d.kind == "gpu")
    return gpu.energy_j, gpu.machine_j, window.reading.notes


def test_a_child_that_used_the_gpu_and_ended_is_still_charged() -> None:
    board = Board([50.0] * 10 + [400.0] * 40 + [50.0] * 50)

    def run(source: Nvidia) -> None:
        board.now = 1.0
        source.poll()
        with subprocess.Popen(["sleep", "9"]) as child:
            board.processes = [child.pid]
            for tenth in range(11, 51):
                board.now = tenth / 10
                source.poll()
            child.kill()
        board.processes = []
        board.now = 10.0

    charged, whole, _ = replayed(board, run)
    assert whole.value == pytest.approx(50 * 6 + 400 * 4, rel=0.01)
    assert charged.value == pytest.approx(350 * 4, rel=0.2)
    assert charged.low > 0


def test_use_that_nobody_can_be_named_for_widens_the_interval_and_is_said() -> None:
    board = Board([50.0] * 10 + [400.0] * 40 + [50.0] * 50)

    def run(source: Nvidia) -> None:
        board.now = 10.0  # whoever it was came and went between two looks

    charged, _, notes = replayed(board, run)
    assert charged.low == 0.0
    assert charged.high > 1000.0
    assert any("could not be placed" in note for note in notes)


def test_a_neighbour_on_the_gpu_is_not_charged_here() -> None:
    board = Board([50.0] * 10 + [400.0] * 90)
    board.processes = [os.getppid()]

    def run(source: Nvidia) -> None:
        for tenth in range(1, 101):
            board.now = tenth / 10
            source.poll()

    charged, _, _ = replayed(board, run)
    assert charged.value == 0.0
    assert charged.high == pytest.approx(0.0, abs=0.02 * 3650)


def test_closing_twice_is_harmless() -> None:
    source = Nvidia(Board([200.0]))
    source.close()
    source.close()
    assert source.devices == []


def test_a_split_board_is_shared_by_the_slices_of_the_instances_that_work() -> None:
    board = Board([300.0])
    board.instances = {0: (3, [os.getpid()]), 2: (1, [1]), 5: (3, [])}
    device = between(board, 10.0, poll_s=1.0)
    assert device.shares == pytest.approx({os.getpid(): 0.75, 1: 0.25})
    assert device.share_factor == 2.0
    assert any("split (MIG)" in note for note in device.notes)


def test_a_process_alone_on_a_split_board_has_all_of_its_use() -> None:
    board = Board([300.0])
    board.instances = {1: (2, [os.getpid()])}
    device = between(board, 10.0, poll_s=1.0)
    assert device.shares == pytest.approx({os.getpid(): 1.0})
    assert device.share_factor == 1.0
