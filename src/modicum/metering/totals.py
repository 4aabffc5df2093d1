"""Counters of joules and CPU seconds since a start, by process, label, container and device."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from modicum.figures import Figure
from modicum.metering.live import Frame
from modicum.metering.reading import Kind

Who = tuple[str, str, str]
"""A process's name, its labels and its container."""


@dataclass(slots=True)
class Sum:
    """Joules so far: value, low, high; bounds add up as errors that all frames share do."""

    value: float = 0.0
    low: float = 0.0
    high: float = 0.0

    def add(self, joules: Figure) -> None:
        """One frame's; what is unknown adds nothing (and is counted as unknown elsewhere)."""
        if joules.value is None or joules.low is None or joules.high is None:
            return
        self.value += joules.value
        self.low += max(0.0, joules.low)
        self.high += joules.high

    def bounds(self) -> Iterator[tuple[str, float]]:
        """Each bound with its name."""
        yield from (("value", self.value), ("low", self.low), ("high", self.high))


@dataclass(slots=True)
class Of:
    """What a device used: its joules, and how they are known."""

    kind: Kind
    basis: str
    joules: Sum = field(default_factory=Sum)
    watts: Figure | None = None
    unknown: int = 0


@dataclass(slots=True)
class Totals:
    """Fed with frames; read by an exporter at any time.

    A process is told by its name, not its id, or a long run would fill the server with series.
    """

    energy: dict[Who, Sum] = field(default_factory=dict)
    cpu_seconds: dict[Who, float] = field(default_factory=dict)
    devices: dict[str, Of] = field(default_factory=dict)
    idle: Figure | None = None
    frames: int = 0

    def add(self, frame: Frame) -> None:
        """One more stretch of time."""
        second = Figure.exact(frame.seconds, "s", basis="measured", source="clock", boundary="")
        for row in frame.rows:
            who = (row.name, row.label, row.container)
            self.energy.setdefault(who, Sum()).add(row.watts * second)
            self.cpu_seconds[who] = self.cpu_seconds.get(who, 0.0) + row.cores * frame.seconds
        for device in frame.devices:
            made = Of(device.kind, device.watts.basis)
            known = self.devices.setdefault(device.name, made)
            known.joules.add(device.watts * second)
            known.watts = device.watts
            if device.watts.known:
                known.basis = device.watts.basis
            known.unknown += not device.watts.known
        self.idle = frame.idle
        self.frames += 1
