"""CPU time and memory of the process this runs in, read in about a microsecond."""

from __future__ import annotations

import os
import sys
from typing import Any, NamedTuple

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Usage(NamedTuple):
    """CPU seconds of this process, of its waited-for children, and peak memory of each."""

    own_s: float
    reaped_s: float
    peak_bytes: int
    children_peak_bytes: int

    @classmethod
    def of(cls, raw: Raw) -> Usage:
        """What `usage` read, with names and units."""
        own, reaped = raw
        return cls(
            own[0] + own[1], reaped[0] + reaped[1], own[2] * _PEAK_UNIT, reaped[2] * _PEAK_UNIT
        )


Raw = tuple[Any, Any]
"""User seconds, system seconds and peak memory of this process, and of its dead children."""


if sys.platform == "win32":  # pragma: no cover - no resource module there

    def usage() -> Raw:
        """CPU time so far (Windows counts no children and no peak)."""
        times = os.times()
        return (times.user, times.system, 0), (0.0, 0.0, 0)

    _PEAK_UNIT = 1
else:
    from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

    _PEAK_UNIT = 1 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes there, KiB elsewhere

    def usage() -> Raw:
        """CPU time so far, microseconds resolved; children count when they were waited for."""
        return getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN)


def has_children() -> bool:
    """Whether this process has a child, alive or not yet waited for; none is reaped by asking."""
    if not hasattr(os, "waitid"):
        return True
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def resident_bytes() -> int:
    """Memory this process holds now; 0 where /proc does not say."""
    try:
        file = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        return int(os.read(file, 128).split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0
    finally:
        os.close(file)
