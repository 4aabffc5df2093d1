"""A metered stretch of work: what was read when it opened, what when it closed, and the reading."""

from __future__ import annotations

import os
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from modicum.errors import MeterError
from modicum.metering.usage import Raw, has_children, usage

if TYPE_CHECKING:
    from modicum.metering.cgroups import Cgroup
    from modicum.metering.meter import Meter
    from modicum.metering.processes import Snapshot
    from modicum.metering.reading import Reading
    from modicum.metering.source import Source


class Mark(NamedTuple):
    """Everything read at one end of a window."""

    clock_s: float
    used: Raw
    tree: Snapshot | None
    boot_s: float
    machine: tuple[float, float] | None
    sources: tuple[Any, ...]
    group_s: float | None = None


class Unread(NamedTuple):
    """The mark of a source that failed, which it must not, and why."""

    reason: str


class Window:
    """Open it with `with`; afterwards `reading` says what the work in between used.

    Windows may be nested and may overlap, in one thread or several: each counts the whole process
    (and the trees of the given process ids) while it is open.
    """

    __slots__ = (
        "_meter", "_reading", "_start", "_stop", "group", "name", "own", "pid", "pids", "started",
    )  # fmt: skip

    def __init__(
        self,
        meter: Meter,
        name: str,
        pids: tuple[int, ...],
        own: bool = True,
        group: Cgroup | None = None,
    ) -> None:
        self._meter, self.name, self.pids, self.own, self.group = meter, name, pids, own, group
        self._start: Mark | None = None
        self._stop: Mark | None = None
        self._reading: Reading | None = None

    def __enter__(self) -> Self:
        meter = self._meter
        if meter.keeper is not None:
            meter.keeper.enter()
        self.started = time.time()
        self.pid = os.getpid()
        self._start = self._mark(())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        start = self._start
        if start is None:
            raise MeterError(f"window {self.name!r} was closed but never opened: open it first")
        self._stop = self._mark(start.tree or ())
        if self._meter.keeper is not None:
            self._meter.keeper.leave()

    @property
    def reading(self) -> Reading:
        """What was used; made when first asked for, so that closing a window costs nothing more."""
        if self._start is None or self._stop is None:
            raise MeterError(f"window {self.name!r} is not closed yet: read it after its `with`")
        if self._reading is None:
            self._reading = self._meter.read(self, self._start, self._stop)
        return self._reading

    def so_far(self) -> Reading:
        """What was used until now; the window stays open."""
        if self._start is None:
            raise MeterError(f"window {self.name!r} is not open: open it with `with` first")
        return self._meter.read(self, self._start, self._mark(self._start.tree or ()))

    def _mark(self, seen: Snapshot | tuple[()]) -> Mark:
        meter = self._meter
        tree = None
        boot = 0.0
        if self.pids or seen or has_children():
            boot = meter.processes.now()
            roots = {*self.pids, self.pid, *(pid for pid, _ in seen)}
            tree = meter.processes.tree(roots)
        group_s = self.group.cpu_seconds() if self.group is not None else None
        if not meter.sources and not meter.load:
            return Mark(meter.clock(), usage(), tree, boot, None, (), group_s)
        machine = meter.processes.machine_seconds()
        marks = tuple(_marked(source) for source in meter.sources)
        return Mark(meter.clock(), usage(), tree, boot, machine, marks, group_s)


def _marked(source: Source) -> Any:
    try:
        return source.mark()
    except Exception as error:  # noqa: BLE001 - a source may be anybody's: the program goes on
        return Unread(str(error) or type(error).__name__)
