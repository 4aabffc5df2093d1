"""NVIDIA GPUs through NVML: the energy counter first, integrated power where there is none.

The counter (`nvmlDeviceGetTotalEnergyConsumption`, Volta and later) is in milli-joules and moves
every 20 to 100 ms, so a shorter window cannot be told from the counter's step: its interval is as
wide as one step at the power seen.  Accuracy of NVML power: within 5% (NVIDIA's statement for
`power.draw`; Yang, Adamek and Armour, SC 2024, saw up to 5% after calibration of the board).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from modicum.figures import Figure
from modicum.metering.mig import FACTOR, parts_by_instance
from modicum.metering.source import DeviceEnergy

_ACCURACY = 1.05
_STEP_S = 0.1  # the slowest update of the counter and of the power reading
_POLL_S = 0.1  # to integrate power
_LOOK_S = 1.0  # to see which processes run
_SAID_FROM = 0.05
_IDLE_W = {"low": 5.0, "high": 90.0}


@dataclass(frozen=True, slots=True)
class GpuMark:
    """One GPU at one moment: joules so far, watts now, when; None for what cannot be read."""

    joules: float | None
    watts: float | None
    at_s: float
    by_process: Mapping[int, float] = field(default_factory=dict)


class Gpu:
    """One GPU by its NVML handle."""

    def __init__(self, nvml: Any, index: int, clock: Callable[[], float]) -> None:
        self._nvml, self.index, self._clock = nvml, index, clock
        self._handle = nvml.nvmlDeviceGetHandleByIndex(index)
        name = nvml.nvmlDeviceGetName(self._handle)
        self.name = name.decode() if isinstance(name, bytes) else str(name)
        self.counts = self._try(nvml.nvmlDeviceGetTotalEnergyConsumption) is not None
        self._sum_j = 0.0
        self._last: GpuMark | None = None
        self._looked_us = time.time_ns() // 1000
        self._by_process: dict[int, float] = {}
        self.kin: dict[int, tuple[int, ...]] = {}
        self.split = False
        self.lowest_w: float | None = None

    def mark(self) -> GpuMark:
        """Read the counter and the power (integrated where there is no counter), and who runs."""
        milliwatts = self._try(self._nvml.nvmlDeviceGetPowerUsage)
        watts = None if milliwatts is None else milliwatts / 1e3
        if watts is not None:
            self.lowest_w = watts if self.lowest_w is None else min(self.lowest_w, watts)
        now = GpuMark(None, watts, self._clock())
        if self.counts:
            millijoules = self._try(self._nvml.nvmlDeviceGetTotalEnergyConsumption)
            now = replace(now, joules=None if millijoules is None else millijoules / 1e3)
        else:
            now = self._integrated(now)
        last, self._last = self._last, now
        return replace(now, by_process=self._placed(last, now))

    def _integrated(self, now: GpuMark) -> GpuMark:
        last = self._last
        if now.watts is None:
            return now
        if last is not None and last.watts is not None:
            self._sum_j += (last.watts + now.watts) / 2 * max(0.0, now.at_s - last.at_s)
        return replace(now, joules=self._sum_j)

    def _placed(self, last: GpuMark | None, now: GpuMark) -> Mapping[int, float]:
        """Joules by process so far: what came since the last look goes to who runs now."""
        parts = self._parts()
        for pid in parts:
            if pid not in self.kin:
                self.kin[pid] = ancestors(pid)
        if last is not None and last.joules is not None and now.joules is not None:
            step = max(0.0, now.joules - last.joules)
            for pid, part in parts.items():
                self._by_process[pid] = self._by_process.get(pid, 0.0) + part * step
        return dict(self._by_process)

    def _parts(self) -> dict[int, float]:
        """Each running process's part of the use since the last look; equal where not told."""
        nvml, since = self._nvml, self._looked_us
        self._looked_us = time.time_ns() // 1000
        by_instance = parts_by_instance(nvml, self._handle)
        self.split = by_instance is not None
        if by_instance is not None:
            return by_instance
        running = self._running() or set()
        if len(running) <= 1:
            return dict.fromkeys(running, 1.0)
        used = dict.fromkeys(running, 0.0)
        try:
            for sample in nvml.nvmlDeviceGetProcessUtilization(self._handle, since):
                used[sample.pid] = used.get(sample.pid, 0.0) + sample.smUtil
        except nvml.NVMLError:
            pass  # not supported, or no sample yet: shared equally below
        whole = sum(used.values())
        if whole == 0.0:
            return dict.fromkeys(running, 1.0 / len(running))
        return {pid: part / whole for pid, part in used.items()}

    def _running(self) -> set[int] | None:
        nvml = self._nvml
        try:
            compute = nvml.nvmlDeviceGetComputeRunningProcesses(self._handle)
            graphics = nvml.nvmlDeviceGetGraphicsRunningProcesses(self._handle)
        except nvml.NVMLError:
            return None
        return {p.pid for p in (*compute, *graphics)}

    def _try(self, call: Callable[[Any], float]) -> float | None:
        try:
            return call(self._handle)
        except self._nvml.NVMLError:
            return None


class Nvidia:
    """All NVIDIA GPUs of this machine as a meter source."""

    name = "NVML"

    def __init__(self, nvml: Any = None, clock: Callable[[], float] = time.perf_counter) -> None:
        self.devices: list[Gpu] = []
        self.reason = ""
        self._lock = threading.Lock()
        self._nvml = nvml if nvml is not None else _load()
        if self._nvml is not None:
            self._open(clock)
        unaided = all(gpu.counts for gpu in self.devices)
        self.period_s: float | None = None
        if self.devices:
            self.period_s = _LOOK_S if unaided else _POLL_S

    def _open(self, clock: Callable[[], float]) -> None:
        try:
            self._nvml.nvmlInit()
            count = self._nvml.nvmlDeviceGetCount()
            self.devices = [Gpu(self._nvml, i, clock) for i in range(count)]
        except self._nvml.NVMLError as error:
            self.reason = f"NVML does not start: {error}"

    def mark(self) -> tuple[GpuMark, ...]:
        """One mark for each GPU."""
        with self._lock:
            return tuple(gpu.mark() for gpu in self.devices)

    def poll(self) -> None:
        """Sample the power of GPUs without a counter, and look which processes run."""
        self.mark()

    def between(
        self, start: tuple[GpuMark, ...], end: tuple[GpuMark, ...]
    ) -> tuple[DeviceEnergy, ...]:
        """Joules of each GPU."""
        return tuple(
            self._device(gpu, first, last)
            for gpu, first, last in zip(self.devices, start, end, strict=True)
        )

    def _device(self, gpu: Gpu, first: GpuMark, last: GpuMark) -> DeviceEnergy:
        low, high = _IDLE_W["low"], _IDLE_W["high"]
        if gpu.lowest_w is not None:
            high = max(low, min(high, gpu.lowest_w))
        idle = Figure.of(
            high, low, high, "W", basis="modelled", source="lowest power seen, at most 90 W",
            boundary="GPU board at rest", error=f"gpu-idle:{gpu.index}",
        )  # fmt: skip
        figure = joules(gpu, first, last)
        used = {
            pid: last.by_process[pid] - first.by_process.get(pid, 0.0) for pid in last.by_process
        }
        whole = max(sum(used.values()), (last.joules or 0.0) - (first.joules or 0.0), 1e-9)
        shares = {pid: min(1.0, part / whole) for pid, part in used.items() if part > 0.0}
        unseen = max(0.0, 1.0 - sum(p for pid, p in shares.items() if gpu.kin.get(pid)))
        if figure.value is not None and figure.value <= 1.1 * high * (last.at_s - first.at_s):
            unseen = 0.0  # the board was at rest: there was no use to place
        loose = FACTOR if gpu.split and len(shares) > 1 else 1.0
        notes: tuple[str, ...] = ()
        if loose > 1.0:
            notes = (f"gpu-{gpu.index} is split (MIG): its joules are shared by the slices of the "
                     "instances that work, within a factor of two",)  # fmt: skip
        if unseen > _SAID_FROM and figure.known:
            notes += (
                f"{unseen:.0%} of the use of gpu-{gpu.index} could not be placed: it may be of "
                "processes that came and went, or of another container",
            )
        return DeviceEnergy(
            f"gpu-{gpu.index}",
            "gpu",
            figure,
            idle,
            shares,
            dict(gpu.kin),
            unseen,
            loose,
            notes=notes,
        )

    def close(self) -> None:
        """Let NVML go."""
        if self._nvml is not None and self.devices:
            self.devices = []
            try:
                self._nvml.nvmlShutdown()
            except self._nvml.NVMLError:
                self.reason = "NVML did not shut down cleanly"


def joules(gpu: Gpu, first: GpuMark, last: GpuMark) -> Figure:
    """Joules between two marks: never 0 for a GPU that draws power, however short the window."""
    how = "energy counter" if gpu.counts else "integrated power"
    source, boundary = f"NVML {how} of {gpu.name}", f"GPU board {gpu.index}, whole"
    seconds = last.at_s - first.at_s
    watts = [w for w in (first.watts, last.watts) if w is not None]
    if first.joules is None or last.joules is None or last.joules < first.joules:
        why = f"the energy of GPU {gpu.index} was unreadable or went back inside the window"
        return Figure.unknown("J", why, basis="measured", source=source, boundary=boundary)
    value = last.joules - first.joules
    step = max(watts, default=0.0) * min(_STEP_S, max(seconds, 0.0))
    if seconds < _STEP_S and watts:
        value = sum(watts) / len(watts) * seconds  # below one step the counter says 0 or too much
    low, high = max(0.0, value / _ACCURACY - step), value * _ACCURACY + step
    return Figure.of(
        value, low, high, "J", basis="measured", source=source, boundary=boundary,
        error=f"nvml:{gpu.index}",
    )  # fmt: skip


def _load() -> Any:
    try:
        import pynvml
    except ImportError:
        return None
    return pynvml


def ancestors(pid: int) -> tuple[int, ...]:
    """The process and its parents as far as they can be seen from here; () for one that cannot.

    >>> import os
    >>> os.getppid() in ancestors(os.getpid())
    True
    """
    chain: list[int] = []
    while pid > 0:
        try:
            text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            break
        chain.append(pid)
        pid = int(text.rpartition(")")[2].split()[1])
    return tuple(chain)
