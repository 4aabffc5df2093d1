"""The meter: opens windows and turns what they read into figures."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from modicum.metering.window import Mark, Window

if TYPE_CHECKING:
    from modicum.metering.cgroups import Cgroup
    from modicum.metering.keeper import Keeper
    from modicum.metering.power import PowerModel
    from modicum.metering.processes import Processes
    from modicum.metering.reading import Reading
    from modicum.metering.source import Source


class Meter:
    """Meters this process, its children and whichever others it is told of.

    sources: energy counters; None finds what this machine has, () uses the power model alone.
    idle: who pays for power at rest (see `attribution.IdleRule`); by default nobody.
    power: the processor's power model; None reads the processor's name.
    clock: seconds, monotonic; processes: where processes are read from.
    load: read how busy the machine is at both ends (a calibration's curve uses it); a window then
        costs some 30 us more.

    >>> with Meter(sources=()).window("a nap") as window:
    ...     time.sleep(0.001)
    >>> window.reading.energy_j.basis
    'modelled'
    """

    def __init__(
        self,
        *,
        sources: Sequence[Source] | None = None,
        idle: str = "excluded",
        power: PowerModel | None = None,
        clock: Callable[[], float] = time.perf_counter,
        processes: Processes | None = None,
        load: bool = False,
    ) -> None:
        if sources is None:
            from modicum.metering.discovery import find_sources

            sources = find_sources()
        if idle != "excluded":
            from modicum.metering.attribution import checked

            idle = checked(idle)
        self.sources: tuple[Source, ...] = tuple(sources)
        self.idle = idle
        self.clock = clock
        self.load = load
        self.keeper = self._keep()
        self._processes = processes
        self._power = power

    def window(
        self,
        name: str = "window",
        pids: Sequence[int] = (),
        *,
        own: bool = True,
        group: Cgroup | None = None,
    ) -> Window:
        """A window to open with `with`; `pids` are other processes whose trees work for it.

        own: whether this process itself counts; without it only its children and `pids` do.
        group: a control group whose CPU time is the window's, instead of the process trees';
            give `pids=group.pids()` with it where it is somebody else's container.
        """
        return Window(self, name, tuple(p for p in pids if p != os.getpid()), own, group)

    @property
    def processes(self) -> Processes:
        """Where processes are read from."""
        if self._processes is None:
            self._processes = _processes()
        return self._processes

    @property
    def power(self) -> PowerModel:
        """The power model of this machine's processor."""
        if self._power is None:
            from modicum.metering.power import calibration_file, this_machine

            self._power = this_machine()
            if os.path.exists(calibration_file()):  # noqa: PTH110 - pathlib takes 5 ms to load
                self._power = _calibrated(self._power)
        return self._power

    def read(self, window: Window, start: Mark, stop: Mark) -> Reading:
        """The reading between two marks of a window."""
        from modicum.metering.account import Account

        return Account(self, window, start, stop).reading()

    def close(self) -> None:
        """Release what the sources opened."""
        for source in self.sources:
            source.close()

    def _keep(self) -> Keeper | None:
        if all(source.period_s is None for source in self.sources):
            return None
        from modicum.metering.keeper import Keeper

        return Keeper(self.sources)


def _processes() -> Processes:
    if os.path.exists("/proc/self/stat"):  # noqa: PTH110 - pathlib costs 3 ms of import
        from modicum.metering.processes import ProcFs

        return ProcFs()
    from modicum.metering.portable import PsutilProcesses

    return PsutilProcesses()


def _calibrated(power: PowerModel) -> PowerModel:
    from dataclasses import replace

    from modicum.errors import ArtefactError
    from modicum.metering.calibration import calibrated

    try:
        return calibrated(power)
    except ArtefactError as error:  # a broken file must not stop what is being metered
        return replace(power, note=str(error))
