"""RAPL energy counters of Intel and AMD processors, read through Linux powercap.

`package` zones hold `core` and `uncore`; `dram` is beside the package in power although it is below
it in the folder tree; `psys` holds all of them.  A counter counts micro-joules and starts again at
`max_energy_range_uj`, which a long window may pass more than once: the meter's keeper polls.
Accuracy: within about 5% of a reference measurement on servers (Hackenberg et al., IPDPSW 2015;
Desrochers et al., MEMSYS 2016 for DRAM, up to 20%).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from modicum.figures import Figure
from modicum.metering.reading import Kind
from modicum.metering.source import DeviceEnergy

ROOT = Path("/sys/class/powercap")
_ACCURACY = {"cpu": 1.05, "memory": 1.2, "machine": 1.1, "other": 1.05}
_POLL_S = 60.0  # a counter of 65 kJ (the smallest range seen) passes its end in 130 s at 500 W

_FROZEN_S = 0.1  # a counter moves every millisecond, also on an idle processor


@dataclass(frozen=True, slots=True)
class Zone:
    """One powercap zone: where its counter is, and what it measures."""

    name: str
    path: Path
    kind: Kind
    range_uj: int
    in_total: bool


def find_zones(root: Path = ROOT) -> tuple[list[Zone], list[str]]:
    """The zones that can be read, and for each that cannot, a sentence that says why."""
    zones: list[Zone] = []
    refused: list[str] = []
    for folder in sorted(root.glob("intel-rapl:*")):
        try:
            name = (folder / "name").read_text(encoding="utf-8").strip()
            limit = int((folder / "max_energy_range_uj").read_text(encoding="utf-8"))
            int((folder / "energy_uj").read_text(encoding="utf-8"))
        except PermissionError:
            refused.append(f"{folder / 'energy_uj'} is for root only: sudo chmod o+r it")
        except (OSError, ValueError) as error:
            refused.append(f"{folder.name} cannot be read: {error}")
        else:
            kind, counts = _role(name)
            socket = folder.name.split(":")[1]
            label = name if name.startswith(("package", "psys")) else f"{name}-{socket}"
            zones.append(Zone(label, folder / "energy_uj", kind, limit, counts))
    return zones, refused


def _role(name: str) -> tuple[Kind, bool]:
    """What a zone measures, and whether it counts (core and uncore are inside the package)."""
    if name.startswith("package"):
        return "cpu", True
    if name == "dram":
        return "memory", True
    return ("machine", False) if name == "psys" else ("other", False)


class RaplMark(NamedTuple):
    """One counter at one moment: its total (None when unreadable), and how often it failed."""

    total_uj: int | None
    faults: int
    at_s: float


class Counter:
    """One wrapping counter, unwrapped: total micro-joules since it was first read.

    A reading below the last one is a wrap when going round the range is shorter than half of it;
    else the counter was set back (driver reload, suspend), and what it lost is unknown.
    """

    def __init__(self, read: Callable[[], int], range_uj: int) -> None:
        self._read, self._range = read, range_uj
        self._last: int | None = None
        self.total_uj = 0
        self.faults = 0
        self.reads = 0
        self.update()

    def update(self) -> int | None:
        """Read once; the total so far, or None when it cannot be read now."""
        try:
            now = self._read()
        except (OSError, ValueError):
            self._last = None
            self.faults += 1
            return None
        if self._last is not None:
            step = now - self._last
            if step < 0 and step + self._range <= self._range // 2:
                step += self._range
            if step < 0:
                self.faults += 1
            else:
                self.total_uj += step
        self._last = now
        self.reads += 1
        return self.total_uj


class Rapl:
    """The RAPL counters of this machine as a meter source."""

    name = "RAPL"

    def __init__(self, root: Path = ROOT) -> None:
        self.zones, self.refused = find_zones(root)
        self.period_s: float | None = _POLL_S if self.zones else None
        self._lock = threading.Lock()
        self._counters = [Counter(_reader(z.path), z.range_uj) for z in self.zones]

    def mark(self) -> tuple[RaplMark, ...]:
        """Each counter's total and how often it failed so far."""
        with self._lock:
            at_s = time.perf_counter()
            return tuple(RaplMark(c.update(), c.faults, at_s) for c in self._counters)

    def poll(self) -> None:
        """Read all counters, so that no wrap is missed."""
        self.mark()

    def between(
        self, start: tuple[RaplMark, ...], end: tuple[RaplMark, ...]
    ) -> tuple[DeviceEnergy, ...]:
        """Joules of each zone."""
        return tuple(
            DeviceEnergy(z.name, z.kind, _joules(z, first, last), in_total=z.in_total)
            for z, first, last in zip(self.zones, start, end, strict=True)
        )

    def close(self) -> None:
        """Nothing is kept open."""


def _reader(path: Path) -> Callable[[], int]:
    return lambda: int(path.read_text(encoding="utf-8"))


def _joules(zone: Zone, first: RaplMark, last: RaplMark) -> Figure:
    source, boundary = f"RAPL {zone.name}", f"{zone.name} of the whole machine"
    if first.total_uj is None or last.total_uj is None or last.faults > first.faults:
        why = f"the counter of {zone.name} was unreadable or was set back inside the window"
        return Figure.unknown("J", why, basis="measured", source=source, boundary=boundary)
    if last.total_uj == first.total_uj and last.at_s - first.at_s > _FROZEN_S:
        why = f"the counter of {zone.name} stood still for {last.at_s - first.at_s:.2f} s"
        return Figure.unknown("J", why, basis="measured", source=source, boundary=boundary)
    return Figure.within(
        (last.total_uj - first.total_uj) / 1e6, _ACCURACY[zone.kind], "J", basis="measured",
        source=source, boundary=boundary, error=f"rapl:{zone.name}",
    )  # fmt: skip
