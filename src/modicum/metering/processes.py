"""CPU time of process trees on Linux, dead children included, each second once.

A process's own time comes from its CPU clock (nanoseconds).  Time of children that died and were
waited for is in their parent (`cutime`, `RUSAGE_CHILDREN`), which holds their whole life: what they
had used before the window opened is taken off again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # a first window is to be quick: pathlib alone takes 5 ms to load
    from pathlib import Path

_TICK_S = 1.0 / os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 0.01
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096

Key = tuple[int, float]
"""A process: its id and its start in seconds since boot, because ids are used again."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process at one moment.  `reaped_s` is the CPU time of its waited-for dead children."""

    pid: int
    start_s: float
    parent: int
    own_s: float
    reaped_s: float
    rss_bytes: int = 0
    name: str = ""

    @property
    def key(self) -> Key:
        """What tells it from an earlier process with the same id."""
        return self.pid, self.start_s


Snapshot = Mapping[Key, Process]


class Processes(Protocol):
    """Where processes are read from: /proc, psutil, or a test."""

    def tree(self, roots: Iterable[int]) -> Snapshot:
        """The processes with these ids and all their descendants."""
        ...

    def all(self) -> list[Process]:
        """Every process that can be seen."""
        ...

    def machine_seconds(self) -> tuple[float, float]:
        """Busy and total CPU seconds of all processors since boot."""
        ...

    def now(self) -> float:
        """The clock in which `Process.start_s` is given."""
        ...


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds between two snapshots; `lost` are processes that ended unaccounted."""

    cpu_seconds: float
    processes: int
    lost: tuple[int, ...] = ()


class ProcFs:
    """Processes as Linux's /proc shows them."""

    def __init__(self, root: str | Path = "/proc") -> None:
        self.root = str(root)
        self._live = self.root == "/proc"  # CPU clocks exist for this kernel's processes only

    def read(self, pid: int) -> Process | None:
        """One process, or None when there is none (any more)."""
        try:
            with open(f"{self.root}/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
                text = file.read()
        except OSError:
            return None
        head, _, tail = text.rpartition(")")
        field = tail.split()
        own = (int(field[11]) + int(field[12])) * _TICK_S
        return Process(
            pid=pid,
            start_s=int(field[19]) * _TICK_S,
            parent=int(field[1]),
            own_s=self._precise(pid, own),
            reaped_s=(int(field[13]) + int(field[14])) * _TICK_S,
            rss_bytes=int(field[21]) * _PAGE,
            name=head.partition("(")[2],
        )

    def all(self) -> list[Process]:
        """Every process that can be seen."""
        return [p for p in (self.read(pid) for pid in self._pids()) if p is not None]

    def tree(self, roots: Iterable[int]) -> Snapshot:
        """The processes with these ids and all their descendants."""
        everyone = self.all()
        children: dict[int, list[Process]] = {}
        for process in everyone:
            children.setdefault(process.parent, []).append(process)
        wanted = set(roots)
        found = {p.key: p for p in everyone if p.pid in wanted}
        todo = list(found.values())
        while todo:
            for child in children.get(todo.pop().pid, ()):
                if child.key not in found:
                    found[child.key] = child
                    todo.append(child)
        return found

    def machine_seconds(self) -> tuple[float, float]:
        """Busy and total CPU seconds of all processors since boot (I/O wait is not busy)."""
        with open(f"{self.root}/stat", encoding="utf-8") as file:  # noqa: PTH123
            ticks = [int(n) for n in file.readline().split()[1:9]]
        return (sum(ticks) - ticks[3] - ticks[4]) * _TICK_S, sum(ticks) * _TICK_S

    def now(self) -> float:
        """Seconds since boot, the clock in which `start_s` is given."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def _pids(self) -> Iterator[int]:
        names = os.listdir(self.root)  # noqa: PTH208 - a Path per process is slow
        return (int(name) for name in names if name.isdigit())

    def _precise(self, pid: int, ticks_s: float) -> float:
        """The process CPU clock: MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED) of the Linux ABI."""
        if not self._live:
            return ticks_s
        try:
            return time.clock_gettime((~pid << 3) | 2)
        except OSError:
            return ticks_s


def spent(before: Snapshot, after: Snapshot, opened_s: float) -> Spent:
    """CPU seconds used between two snapshots of one set of trees.

    opened_s: seconds since boot at `before`; a process that is new in `after` counts whole when it
    started since then, and from first sight (not at all yet) when it is older.
    """
    owed, lost = _owed(before, after)
    total = 0.0
    for key, now in after.items():
        then = before.get(key) or (now if now.start_s < opened_s - 2 * _TICK_S else None)
        own = now.own_s - (then.own_s if then else 0.0)
        reaped = now.reaped_s - (then.reaped_s if then else 0.0)
        dead = owed.get(key, ())
        known = sum(p.own_s + p.reaped_s for p in dead)
        if dead and reaped + 2 * _TICK_S * len(dead) < known:
            lost.extend(p.pid for p in dead)  # it never waited for them
            known = 0.0
        total += max(0.0, own) + max(0.0, reaped - known)
    return Spent(total, len(before.keys() | after.keys()), tuple(lost))


def _owed(before: Snapshot, after: Snapshot) -> tuple[dict[Key, list[Process]], list[int]]:
    """The dead by the nearest living ancestor, whose `reaped_s` holds them; and those with none."""
    by_pid = {p.pid: p for p in before.values()}
    owed: dict[Key, list[Process]] = {}
    orphans: list[int] = []
    for key, process in before.items():
        if key in after:
            continue
        parent = by_pid.get(process.parent)
        while parent is not None and parent.key not in after:
            parent = by_pid.get(parent.parent)
        if parent is None:
            orphans.append(process.pid)
        else:
            owed.setdefault(parent.key, []).append(process)
    return owed, orphans
