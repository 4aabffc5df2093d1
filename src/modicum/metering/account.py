"""The account of one window: CPU seconds, then joules by device, then the sum."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from modicum.figures import Figure
from modicum.metering import memory
from modicum.metering.attribution import (
    BOUNDARIES,
    charged,
    checked,
    share_of,
    without_double,
)
from modicum.metering.processes import Key, Process, Spent, spent
from modicum.metering.reading import DeviceReading, Reading, sum_of
from modicum.metering.source import DeviceEnergy, Source
from modicum.metering.usage import Usage, resident_bytes
from modicum.metering.window import Mark, Unread, Window

if TYPE_CHECKING:
    from modicum.metering.meter import Meter

_TICK_S = 0.01
_GB = 1e9


class Account:
    """Turns the two marks of a window into its reading."""

    def __init__(self, meter: Meter, window: Window, start: Mark, stop: Mark) -> None:
        self.meter, self.window, self.start, self.stop = meter, window, start, stop
        self.rule = checked(meter.idle)
        self.notes: list[str] = []
        self.wall_s = self._wall()
        self.spent = self._spent()

    def reading(self) -> Reading:
        """The window's reading."""
        counted = self._counted()
        kinds = {d.kind for d in counted if d.in_total and d.energy_j.known}
        devices = list(counted)
        if not kinds & {"cpu", "machine"}:
            devices.insert(0, self._modelled_cpu())
        if not kinds & {"memory", "machine"}:
            devices.append(self._modelled_memory())
        return Reading(
            name=self.window.name,
            energy_j=sum_of(devices),
            cpu_seconds=self.spent.cpu_seconds,
            wall_seconds=self.wall_s,
            devices=tuple(devices),
            notes=tuple(dict.fromkeys(self.notes)),
            started=self.window.started,
            processes=self.spent.processes,
        )

    def _wall(self) -> float:
        seconds = self.stop.clock_s - self.start.clock_s
        if seconds < 0.0:
            self.notes.append(f"the clock went back by {-seconds:.3f} s: wall time is unknown")
            return 0.0
        return seconds

    def _spent(self) -> Spent:
        found = self._of_tree()
        if self.window.group is None:
            return found
        first, last = self.start.group_s, self.stop.group_s
        if first is None or last is None or last < first:
            self.notes.append(f"{self.window.group.path} was not readable: its processes counted")
            return found
        self.notes = [n for n in self.notes if "ended unseen" not in n]  # the group saw them
        return replace(found, cpu_seconds=last - first, lost=())

    def _of_tree(self) -> Spent:
        if os.getpid() != self.window.pid:
            self.notes.append("this process was forked off inside the window: read in the parent")
        start, stop = self._own(self.start), self._own(self.stop)
        if self.start.tree is None and self.stop.tree is None:
            own, reaped = stop.own_s - start.own_s, stop.reaped_s - start.reaped_s
            return Spent(max(0.0, own) + max(0.0, reaped), int(self.window.own))
        pid = self.window.pid
        before, after = _with(self.start, start, pid), _with(self.stop, stop, pid)
        opened = self.start.boot_s or self.stop.boot_s - self.wall_s
        found = spent(before, after, opened)
        if found.lost:
            ids = ", ".join(str(p) for p in found.lost[:5])
            self.notes.append(
                f"process {ids} ended unseen: its CPU time since the window opened is not counted"
            )
        for missing in (p for p in self.window.pids if not any(k[0] == p for k in before)):
            self.notes.append(f"process {missing} was not there when the window opened")
        return found if self.window.own else replace(found, processes=found.processes - 1)

    def _own(self, mark: Mark) -> Usage:
        used = Usage.of(mark.used)
        return used if self.window.own else used._replace(own_s=0.0)

    def _modelled_cpu(self) -> DeviceReading:
        power = self.meter.power
        if power.note:
            self.notes.append(power.note)
        energy = power.energy(self.spent.cpu_seconds, self._load(power.threads))
        idle = power.idle() * Figure.exact(
            self.wall_s, "s", basis="measured", source="clock", boundary=""
        )
        if self.rule != "excluded":
            portion = 1.0
            if self.rule == "by-use":
                portion = min(1.0, self.spent.cpu_seconds / max(self.wall_s * power.threads, 1e-9))
            energy = (energy + idle * portion).relabel(
                boundary=power.boundary.replace(BOUNDARIES["excluded"], BOUNDARIES[self.rule])
            )
        return DeviceReading("cpu", "cpu", energy)

    def _load(self, threads: int) -> float | None:
        """How busy the machine was, in [0, 1]; None where that was not read."""
        if self.start.machine is None or self.stop.machine is None or self.wall_s < _TICK_S:
            return None
        busy = self.stop.machine[0] - self.start.machine[0]
        return min(1.0, max(busy, self.spent.cpu_seconds) / (self.wall_s * threads))

    def _modelled_memory(self) -> DeviceReading:
        held = self._held_gb()
        if held is None:
            figure = memory.unknown("this system does not say how much memory a process holds")
        else:
            figure = memory.energy(held, self.wall_s)
        return DeviceReading("memory", "memory", figure)

    def _held_gb(self) -> tuple[float, float, float] | None:
        """GB held on average: value, least and most that fits what was seen.

        Own memory is read when the reading is made, since reading it in the window would double
        what a window costs; what it was on average lies between half of that and the peak.  A
        dead child held between nothing and its peak.
        """
        used = Usage.of(self.stop.used)
        if used.peak_bytes == 0:
            return None
        peak = used.peak_bytes if self.window.own else 0
        own = float(min(resident_bytes() or peak, peak))
        others = [self._others(mark) for mark in (self.start, self.stop)]
        children_s = used.reaped_s - Usage.of(self.start.used).reaped_s
        brief = used.children_peak_bytes if children_s > 0 else 0  # the largest dead child's peak
        value = own + sum(others) / 2 + brief / 2
        least = own * 0.5 + min(others)
        most = peak + max(others) + brief
        return value / _GB, least / _GB, max(most, value) / _GB

    def _others(self, mark: Mark) -> float:
        tree = (mark.tree or {}).values()
        return float(sum(p.rss_bytes for p in tree if p.pid != self.window.pid))

    def _counted(self) -> list[DeviceReading]:
        """What the sources' counters give this window's processes."""
        marks = zip(self.meter.sources, self.start.sources, self.stop.sources, strict=True)
        devices = [d for source, first, last in marks for d in self._between(source, first, last)]
        for device in devices:
            self.notes.extend(device.notes)
        once = without_double(devices)
        return [self._stood_in_for(self._attributed(device)) for device in once]

    def _between(self, source: Source, first: Any, last: Any) -> tuple[DeviceEnergy, ...]:
        for mark in (first, last):
            if isinstance(mark, Unread):
                self.notes.append(f"{source.name} could not be read: {mark.reason}")
                return ()
        try:
            return source.between(first, last)
        except Exception as error:  # noqa: BLE001 - a source may be anybody's: the program goes on
            self.notes.append(f"{source.name} could not be read: {error}")
            return ()

    def _stood_in_for(self, device: DeviceReading) -> DeviceReading:
        """A counter that failed does not count where the power model can stand in for it."""
        if device.energy_j.known or not device.in_total or device.kind not in ("cpu", "memory"):
            return device
        self.notes.append(f"{device.energy_j.reason}: the power model stands in for it")
        return replace(device, in_total=False)

    def _attributed(self, device: DeviceEnergy) -> DeviceReading:
        idle = device.idle_w if device.idle_w is not None else self.meter.power.idle()
        share = self._share(device)
        energy = charged(device.energy_j, idle, share, self.wall_s, self.rule)
        return DeviceReading(
            device.device, device.kind, energy, device.energy_j, device.in_total, share
        )

    def _is_mine(self, pid: int, device: DeviceEnergy) -> bool:
        """Whether a process works for the window: itself, in its tree, or (ended) of its kin."""
        if pid == self.window.pid:
            return self.window.own
        roots = {self.window.pid, *self.window.pids}
        if pid in roots or not roots.isdisjoint(device.kin.get(pid, ())):
            return True
        return any(k[0] == pid for mark in (self.start, self.stop) for k in mark.tree or ())

    def _share(self, device: DeviceEnergy) -> Figure:
        if device.shares is not None:
            part = min(
                1.0, sum(s for pid, s in device.shares.items() if self._is_mine(pid, device))
            )
            loose = device.share_factor
            return Figure.of(
                part, part / loose, min(1.0, part * loose + device.unseen), "1", basis="measured",
                source="driver's share by process", boundary="",
            )  # fmt: skip
        if self.start.machine is None or self.stop.machine is None:
            return Figure.unknown("1", "the machine's busy CPU time is not readable here")
        busy = self.stop.machine[0] - self.start.machine[0]
        share = share_of(self.spent.cpu_seconds, busy, 2 * _TICK_S * self.meter.power.threads)
        if device.share_factor == 1.0 or share.value is None:
            return share
        return Figure.of(
            share.value, share.value / device.share_factor, 1.0, "1", basis="modelled",
            source=f"{device.device} by CPU time: no driver says who used it", boundary="",
        )  # fmt: skip


def _with(mark: Mark, used: Usage, pid: int) -> dict[Key, Process]:
    """The mark's tree with this process' own times in it, which are read to the microsecond."""
    tree = {key: process for key, process in (mark.tree or {}).items() if key[0] != pid}
    tree[pid, 0.0] = Process(pid, 0.0, 0, used.own_s, used.reaped_s, used.peak_bytes)
    return tree
