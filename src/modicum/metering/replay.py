"""Sources that read from a trace: a replay of a recording, and a wall meter's log file.

A trace file is CSV with a header: `seconds` (or `time`, seconds since the epoch or ISO 8601) and
`watts`, and optionally `device` and `kind` for several devices in one file.
"""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from modicum.errors import MeterError
from modicum.metering.reading import Kind
from modicum.metering.source import DeviceEnergy
from modicum.metering.trace import PowerTrace, energy


@dataclass(frozen=True, slots=True)
class Replayed:
    """One device of a replay: what it is, and its power over time."""

    kind: Kind
    trace: PowerTrace


class Replay:
    """Devices whose power over time is known beforehand, against a clock that is handed in.

    Serves tests on any machine, and wall meters that log to a file (`clock=time.time`).
    """

    period_s: float | None = None

    def __init__(
        self,
        devices: Mapping[str, Replayed],
        clock: Callable[[], float],
        *,
        name: str = "replay",
        gap_s: float = math.inf,
        accuracy: float = 1.0,
    ) -> None:
        self.name, self.devices, self.clock = name, dict(devices), clock
        self._gap_s, self._accuracy = gap_s, accuracy

    def mark(self) -> float:
        """The clock."""
        return self.clock()

    def poll(self) -> None:
        """Nothing to do: the trace is complete."""

    def between(self, start: float, end: float) -> tuple[DeviceEnergy, ...]:
        """Joules of each device between two moments of the clock."""
        return tuple(
            DeviceEnergy(
                name,
                device.kind,
                energy(
                    device.trace, start, end, gap_s=self._gap_s, accuracy=self._accuracy,
                    source=f"{self.name} {name}", boundary=f"{name}, whole",
                ),
            )
            for name, device in self.devices.items()
        )  # fmt: skip

    def close(self) -> None:
        """Nothing is kept open."""


class WallLog:
    """A wall meter or PDU that logs watts to a CSV file while the work runs.

    The file is read when the reading is made, so that rows written until then are in it.
    accuracy: of the meter (1.01 for 1%); gap_s: the longest time without a row that is accepted.
    """

    period_s: float | None = None

    def __init__(self, path: Path, *, gap_s: float = 10.0, accuracy: float = 1.02) -> None:
        self.path, self._gap_s, self._accuracy = path, gap_s, accuracy
        self.name = f"wall meter {path.name}"

    def mark(self) -> float:
        """Seconds since the epoch, the clock that log files use."""
        return time.time()

    def poll(self) -> None:
        """Nothing to do: the meter writes by itself."""

    def between(self, start: float, end: float) -> tuple[DeviceEnergy, ...]:
        """Joules of the machine, or of each device the file names; raises MeterError."""
        return Replay(
            read_traces(self.path), time.time, name=self.name, gap_s=self._gap_s,
            accuracy=self._accuracy,
        ).between(start, end)  # fmt: skip

    def close(self) -> None:
        """Nothing is kept open."""


def read_traces(path: Path) -> dict[str, Replayed]:
    """The power traces of a CSV file; raises MeterError naming the line that cannot be read."""
    samples: dict[tuple[str, Kind], list[tuple[float, float]]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                device, kind, moment, watts = _sample(row)
                samples.setdefault((device, kind), []).append((moment, watts))
    except OSError as error:
        raise MeterError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise MeterError(f"{path}: {error}; want columns seconds (or time) and watts") from error
    if not samples:
        raise MeterError(f"{path} holds no sample: want columns seconds (or time) and watts")
    return {d: Replayed(k, PowerTrace.of(points)) for (d, k), points in samples.items()}


def _sample(row: Mapping[str, str | None]) -> tuple[str, Kind, float, float]:
    moment = row.get("seconds") or row.get("time")
    watts = row.get("watts")
    if moment is None or watts is None:
        raise ValueError(f"row {dict(row)} has no time or no watts")
    name = row.get("kind") or "machine"
    kinds: dict[str, Kind] = {k: k for k in get_args(Kind)}
    if name not in kinds:
        raise ValueError(f"kind {name!r} is not one of {', '.join(kinds)}")
    value = float(watts)
    if not math.isfinite(value):
        raise ValueError(f"watts {watts!r} are not a number")
    return row.get("device") or "wall", kinds[name], _seconds(moment), value


def _seconds(text: str) -> float:
    """Seconds from a number or an ISO 8601 time (UTC where it names no zone).

    >>> _seconds("1970-01-01T00:01:00+00:00"), _seconds("2.5")
    (60.0, 2.5)
    """
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
