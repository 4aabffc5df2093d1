"""Who uses this machine's power right now: frames of processes, devices and labels.

Processes + ended + idle = machine: what the rows leave of the machine's busy CPU time is work of
processes that began and ended between two frames, or that may not be seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from modicum.figures import Figure
from modicum.metering.attribution import charged, share_of, without_double
from modicum.metering.cgroups import read_container
from modicum.metering.meter import Meter
from modicum.metering.processes import Key, Process
from modicum.metering.reading import Kind
from modicum.metering.source import DeviceEnergy

_TICK_S = 0.01


@dataclass(frozen=True, slots=True)
class Row:
    """One process (pid 0: ended or unseen) and the dynamic watts it is charged."""

    pid: int
    name: str
    label: str
    cores: float
    watts: Figure
    container: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """The mean power of a whole device, for all who used it."""

    name: str
    kind: Kind
    watts: Figure


@dataclass(frozen=True, slots=True)
class Frame:
    """One stretch of time: processes by use, devices as a whole, and the rest."""

    seconds: float
    busy_cores: float
    rows: tuple[Row, ...]
    devices: tuple[Device, ...]
    idle: Figure

    def by_label(self) -> tuple[tuple[str, float], ...]:
        """Watts of each label, largest first; what has none is left out."""
        return self._by(lambda row: row.label)

    def by_container(self) -> tuple[tuple[str, float], ...]:
        """Watts of each container or unit, largest first; what is in none is left out."""
        return self._by(lambda row: row.container)

    def _by(self, key: Callable[[Row], str]) -> tuple[tuple[str, float], ...]:
        found: dict[str, float] = {}
        for row in self.rows:
            if key(row):
                found[key(row)] = found.get(key(row), 0.0) + (row.watts.value or 0.0)
        return tuple(sorted(found.items(), key=lambda pair: -pair[1]))


class Live:
    """Takes frames; each covers the time since the last one."""

    def __init__(
        self,
        meter: Meter,
        label_of: Callable[[int], str] | None = None,
        clock: Callable[[], float] = time.perf_counter,
        container_of: Callable[[int], str] = read_container,
    ) -> None:
        self._meter, self._clock, self._container_of = meter, clock, container_of
        self._label_of = label_of or label_in(Path("/proc"))
        self._last = self._look()

    def frame(self) -> Frame:
        """Who used what since the last frame, or since this was made."""
        before, self._last = self._last, self._look()
        after = self._last
        seconds = max(1e-9, after.clock_s - before.clock_s)
        busy = max(0.0, after.busy_s - before.busy_s)
        used = {
            key: process.own_s - before.everyone[key].own_s
            for key, process in after.everyone.items()
            if key in before.everyone
        }
        used |= {
            key: process.own_s
            for key, process in after.everyone.items()
            if key not in before.everyone and process.start_s >= before.now_s - _TICK_S
        }
        energies = self._energies(before, after)
        shares = self._charge(energies, used, busy, seconds)
        idle = self._meter.power.idle()
        devices = _powers(energies, seconds)
        if not {d.kind for d in devices} & {"cpu", "machine"}:
            load = min(1.0, busy / (seconds * self._meter.power.threads))
            watts = _watts(self._meter.power.energy(busy, load), seconds)
            devices = (Device("cpu", "cpu", watts), *devices)
        return Frame(seconds, busy / seconds, shares, devices, idle)

    def _look(self) -> _Look:
        processes = self._meter.processes
        marks = tuple(source.mark() for source in self._meter.sources)
        busy = processes.machine_seconds()[0]
        everyone = {process.key: process for process in processes.all()}
        return _Look(self._clock(), processes.now(), busy, everyone, marks)

    def _energies(self, before: _Look, after: _Look) -> list[DeviceEnergy]:
        marks = zip(self._meter.sources, before.marks, after.marks, strict=True)
        return without_double([d for source, a, b in marks for d in source.between(a, b)])

    def _charge(
        self, energies: Sequence[DeviceEnergy], used: dict[Key, float], busy: float, seconds: float
    ) -> tuple[Row, ...]:
        ended = max(0.0, busy - sum(used.values()))
        rows = [
            self._row(self._last.everyone[key], cpu_s, energies, busy, seconds)
            for key, cpu_s in used.items()
            if cpu_s > 0.0
        ]
        if ended > 2 * _TICK_S:
            gone = Process(0, 0.0, 0, 0.0, 0.0, 0, "ended or unseen")
            rows.append(self._row(gone, ended, energies, busy, seconds))
        return tuple(sorted(rows, key=lambda row: -row.cores))

    def _row(
        self, process: Process, cpu_s: float, energies: Sequence[DeviceEnergy], busy: float,
        seconds: float,
    ) -> Row:  # fmt: skip
        measured = [d for d in energies if d.kind in ("cpu", "machine") and d.in_total]
        if measured and all(d.energy_j.known for d in measured):
            share = share_of(cpu_s, busy, 2 * _TICK_S * self._meter.power.threads)
            at_rest = self._meter.power.idle()
            parts = [
                charged(d.energy_j, d.idle_w or at_rest, share, seconds, "excluded")
                for d in measured
            ]
            joules = sum(parts[1:], start=parts[0])
        else:
            load = min(1.0, busy / (seconds * self._meter.power.threads))
            joules = self._meter.power.energy(cpu_s, load)
        label = self._label_of(process.pid) if process.pid else ""
        container = self._container_of(process.pid) if process.pid else ""
        watts = _watts(joules, seconds)
        return Row(process.pid, process.name, label, cpu_s / seconds, watts, container)


@dataclass(frozen=True, slots=True)
class _Look:
    clock_s: float
    now_s: float
    busy_s: float
    everyone: dict[Key, Process]
    marks: tuple[Any, ...]


def _powers(energies: Sequence[DeviceEnergy], seconds: float) -> tuple[Device, ...]:
    return tuple(Device(d.device, d.kind, _watts(d.energy_j, seconds)) for d in energies)


def _watts(joules: Figure, seconds: float) -> Figure:
    return joules / Figure.exact(seconds, "s", basis="measured", source="clock", boundary="")


def label_in(root: Path) -> Callable[[int], str]:
    """Finds a process' labels: those of the `modicum meter --label` that it descends from."""

    def label_of(pid: int) -> str:
        if pid <= 1:
            return ""
        own = label_on(_words(root / str(pid) / "cmdline"))
        return own or label_of(_parent(root / str(pid) / "stat"))

    return label_of


def label_on(words: Sequence[str]) -> str:
    """The labels on a command line of `modicum meter`.

    >>> label_on(["python", "/bin/modicum", "meter", "--label", "team=a", "--", "ls", "--label"])
    'team=a'
    """
    ours = words[: words.index("--")] if "--" in words else words
    if "meter" not in ours or not any("modicum" in word for word in ours):
        return ""
    found = [after for word, after in pairwise(ours) if word == "--label"]
    found += [word.removeprefix("--label=") for word in ours if word.startswith("--label=")]
    return ",".join(found)


def _words(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").split("\0")
    except OSError:
        return []


def _parent(path: Path) -> int:
    try:
        return int(path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0
