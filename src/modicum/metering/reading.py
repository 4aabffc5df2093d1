"""What a window gives back: energy by device, each a figure, and the time that went by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from modicum.figures import Figure, total

Kind = Literal["cpu", "memory", "gpu", "machine", "other"]


@dataclass(frozen=True, slots=True)
class DeviceReading:
    """Energy of one device charged to the metered work.

    machine_j: what the whole device used in that time, for all who used it (None: not counted).
    in_total: False for a device that another one contains, so that no joule is added twice.
    share: the metered work's part of the device's use, in [0, 1], where a counter was shared.
    """

    device: str
    kind: Kind
    energy_j: Figure
    machine_j: Figure | None = None
    in_total: bool = True
    share: Figure | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "device": self.device,
            "kind": self.kind,
            "energy_j": self.energy_j.to_dict(),
            "machine_j": self.machine_j.to_dict() if self.machine_j else None,
            "in_total": self.in_total,
            "share": self.share.to_dict() if self.share else None,
        }


@dataclass(frozen=True)
class Reading:
    """A metered stretch of work.

    energy_j: the sum over the devices that are known; its boundary names those that are not.
    started: seconds since the epoch.
    processes: how many processes were seen at work (short-lived ones count in time, not here).
    """

    name: str
    energy_j: Figure
    cpu_seconds: float
    wall_seconds: float
    devices: tuple[DeviceReading, ...]
    notes: tuple[str, ...] = ()
    started: float = 0.0
    processes: int = 1

    @property
    def power_w(self) -> Figure:
        """Mean power over the window."""
        if self.wall_seconds <= 0:
            return Figure.unknown("W", "the window took no time")
        second = Figure.exact(self.wall_seconds, "s", basis="measured", source="clock", boundary="")
        return self.energy_j / second

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name,
            "energy_j": self.energy_j.to_dict(),
            "cpu_seconds": self.cpu_seconds,
            "wall_seconds": self.wall_seconds,
            "processes": self.processes,
            "started": self.started,
            "devices": [d.to_dict() for d in self.devices],
            "notes": list(self.notes),
        }


def sum_of(devices: Sequence[DeviceReading]) -> Figure:
    """Energy of the devices that count and are known; what is unknown is named in the boundary."""
    counted = [d for d in devices if d.in_total]
    known = [d.energy_j for d in counted if d.energy_j.known]
    missing = [
        f"{d.device} not included ({d.energy_j.reason})" for d in counted if not d.energy_j.known
    ]
    if not known:
        return Figure.unknown("J", "; ".join(missing) or "no device could be metered")
    figure = total(known, "J")
    if figure.low is not None and figure.low < 0.0:
        figure = replace(figure, low=0.0)
    if not missing:
        return figure
    return replace(figure, boundary="; ".join([figure.boundary, *missing]))
