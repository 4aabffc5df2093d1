"""AMD GPUs, Apple silicon and Jetson through Zeus, which reads what their makers offer.

Zeus (ml-energy/zeus, Apache-2.0, `modicum[zeus]`) gives milli-joules of AMD boards through amdsmi,
of Apple's CPU, GPU, memory and neural engine through IOReport, and of Jetson's power rails.  NVIDIA
boards are left to `nvidia`, Linux processors to `rapl`.  None of them says which process used a
device, so its joules are shared by CPU time, and the interval reaches from none of them to all.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from modicum.errors import MeterError
from modicum.figures import Figure
from modicum.metering.reading import Kind
from modicum.metering.source import DeviceEnergy

_ACCURACY = 1.1  # no published comparison of these counters with a meter was found: a tenth
_POLL_S = 0.1
_FIELDS: Mapping[str, tuple[str, Kind, bool]] = {
    "cpu_total_mj": ("cpu", "cpu", True),
    "cpu_energy_mj": ("cpu", "cpu", True),
    "dram_mj": ("dram", "memory", True),
    "gpu_mj": ("gpu", "gpu", True),
    "gpu_energy_mj": ("gpu", "gpu", True),
    "gpu_sram_mj": ("gpu-sram", "other", True),
    "ane_mj": ("neural-engine", "other", True),
    "total_energy_mj": ("board", "machine", True),
}
"""Fields of Zeus' measurements of a system on a chip: our name, what it is, whether it counts."""


class Joules(NamedTuple):
    """Joules so far of each device, None where it could not be read, and when."""

    at_s: float
    by_device: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Board:
    """One GPU of Zeus': its name and how to read joules so far or watts now."""

    name: str
    model: str
    counts: bool
    read: Callable[[], float]


class Zeus:
    """What Zeus can read here, as a meter source."""

    name = "Zeus"

    def __init__(
        self, gpus: Any = None, soc: Any = None, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._soc, self._clock = soc, clock
        self._boards = [_board(gpu, i) for i, gpu in enumerate(gpus or ())]
        self._sums: dict[str, float] = {}
        self._last: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()
        self.period_s: float | None = None
        if any(not board.counts for board in self._boards):
            self.period_s = _POLL_S

    @classmethod
    def find(cls) -> Zeus:
        """Everything Zeus finds here; raises MeterError without `modicum[zeus]`."""
        try:
            import zeus.device as devices
            from zeus.device.gpu.common import ZeusGPUInitError
            from zeus.device.soc.common import ZeusSoCInitError
        except ImportError as error:
            raise MeterError("Zeus is not installed: pip install 'modicum[zeus]'") from error
        try:
            gpus = [g for g in devices.get_gpus().gpus if "nvidia" not in type(g).__name__.lower()]
        except ZeusGPUInitError:
            gpus = []
        try:
            soc = devices.get_soc()
        except ZeusSoCInitError:
            soc = None
        return cls(gpus, soc)

    @property
    def devices(self) -> tuple[str, ...]:
        """Names of what can be read."""
        return tuple(self.mark().by_device)

    def mark(self) -> Joules:
        """Joules of each device so far."""
        with self._lock:
            now = self._clock()
            found: dict[str, float | None] = {b.name: self._board(b, now) for b in self._boards}
            return Joules(now, found | self._chip())

    def poll(self) -> None:
        """Sample the power of boards without a counter."""
        self.mark()

    def between(self, start: Joules, end: Joules) -> tuple[DeviceEnergy, ...]:
        """Joules of each device that was there at both marks."""
        return tuple(self._device(name, start, end) for name in start.by_device)

    def close(self) -> None:
        """Zeus keeps its devices for the process: nothing to release."""

    def _board(self, board: Board, now: float) -> float | None:
        try:
            value = board.read()
        except Exception:  # noqa: BLE001 - Zeus wraps each maker's own errors in its own classes
            self._last.pop(board.name, None)
            return None
        if board.counts:
            return value
        before = self._last.get(board.name)
        if before is not None:
            self._sums[board.name] = self._sums.get(board.name, 0.0) + (
                (before[1] + value) / 2 * max(0.0, now - before[0])
            )
        self._last[board.name] = (now, value)
        return self._sums.get(board.name, 0.0)

    def _chip(self) -> dict[str, float | None]:
        if self._soc is None:
            return {}
        try:
            told = self._soc.get_total_energy_consumption()
        except Exception:  # noqa: BLE001 - as above
            return {}
        values = ((name, getattr(told, field, None)) for field, (name, *_) in _FIELDS.items())
        return {name: float(value) / 1e3 for name, value in values if value is not None}

    def _device(self, name: str, start: Joules, end: Joules) -> DeviceEnergy:
        kind, counts = _role(name)
        board = next((b for b in self._boards if b.name == name), None)
        source = f"Zeus, {board.model}" if board else "Zeus, system on a chip"
        boundary = f"{name}, whole"
        first, last = start.by_device[name], end.by_device.get(name)
        if first is None or last is None or last < first:
            why = f"{name} was unreadable or went back inside the window"
            figure = Figure.unknown("J", why, basis="measured", source=source, boundary=boundary)
        else:
            figure = Figure.within(
                last - first, _ACCURACY, "J", basis="measured", source=source, boundary=boundary,
                error=f"zeus:{name}",
            )  # fmt: skip
        loose = math.inf if kind == "gpu" else 1.0
        return DeviceEnergy(name, kind, figure, in_total=counts, share_factor=loose)


def _role(name: str) -> tuple[Kind, bool]:
    for ours, kind, counts in _FIELDS.values():
        if ours == name:
            return kind, counts
    return "gpu", True


def _board(gpu: Any, index: int) -> Board:
    """A board of Zeus': milli-joules where it counts, else milli-watts."""
    counts = bool(gpu.supports_get_total_energy_consumption())
    call = gpu.get_total_energy_consumption if counts else gpu.get_instant_power_usage
    return Board(f"gpu-amd-{index}", str(gpu.get_name()), counts, lambda: float(call()) / 1e3)
