"""Processes where there is no /proc (macOS, Windows): the same snapshots through psutil."""

from __future__ import annotations

import time
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from modicum.metering.processes import Process, Snapshot


class PsutilProcesses:
    """Processes as psutil shows them; only Linux says what dead children had used."""

    def read(self, pid: int) -> Process | None:
        """One process, or None when there is none or it may not be seen."""
        psutil = _psutil()
        try:
            return _process(psutil.Process(pid))
        except psutil.Error:
            return None

    def tree(self, roots: Iterable[int]) -> Snapshot:
        """The processes with these ids and all their descendants."""
        psutil = _psutil()
        found: dict[tuple[int, float], Process] = {}
        for root in roots:
            try:
                top = psutil.Process(root)
                family = [top, *top.children(recursive=True)]
            except psutil.Error:
                continue
            for member in family:
                try:
                    process = _process(member)
                except psutil.Error:
                    continue
                found[process.key] = process
        return found

    def all(self) -> list[Process]:
        """Every process that can be seen."""
        psutil = _psutil()
        return [p for p in (self.read(pid) for pid in psutil.pids()) if p is not None]

    def machine_seconds(self) -> tuple[float, float]:
        """Busy and total CPU seconds of all processors."""
        psutil = _psutil()
        times = psutil.cpu_times()
        at_rest = times.idle + getattr(times, "iowait", 0.0)
        whole = sum(times)
        return float(whole - at_rest), float(whole)

    def now(self) -> float:
        """The clock in which `start_s` is given."""
        boot = getattr(time, "CLOCK_BOOTTIME", None)
        if boot is None:
            return time.time()
        return float(_psutil().boot_time() + time.clock_gettime(boot))  # as psutil does on Linux


def _psutil() -> Any:
    """The library, loaded when it is first used: it takes longer to load than the meter."""
    return import_module("psutil")


def _process(process: Any) -> Process:
    with process.oneshot():
        times = process.cpu_times()
        reaped = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
        return Process(
            pid=process.pid,
            start_s=process.create_time(),
            parent=process.ppid(),
            own_s=times.user + times.system,
            reaped_s=reaped,
            rss_bytes=process.memory_info().rss,
            name=process.name(),
        )
