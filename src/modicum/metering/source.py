"""What a counter must offer to be read by the meter: one small protocol.

A source knows devices, not processes.  `mark` is taken when a window opens and when it closes;
`between` turns two marks into energy of the whole device.  The meter does the sharing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from modicum.figures import Figure
from modicum.metering.reading import Kind


@dataclass(frozen=True, slots=True)
class DeviceEnergy:
    """Joules one device used between two marks, for all who used it.

    kind: what it is, so that a counter replaces the model of the same part.
    idle_w: its power at rest, where known; the meter's own model is used otherwise.
    shares: each process id's share in [0, 1] of what is above idle, where the device can tell;
        None where only CPU time can.
    kin: the ancestors of each of these processes, so that the use of one that ended can be placed.
    unseen: the share that was used by processes nobody could name (another container's).
    share_factor: how far a share may be off either way; infinite where nobody can tell.
    in_total: False when another device of the same source contains it.
    """

    device: str
    kind: Kind
    energy_j: Figure
    idle_w: Figure | None = None
    shares: Mapping[int, float] | None = None
    kin: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    unseen: float = 0.0
    share_factor: float = 1.0
    in_total: bool = True
    notes: tuple[str, ...] = field(default=())


@runtime_checkable
class Source(Protocol):
    """An energy counter, or several that are read together.

    period_s: how often `poll` must be called for `between` to stay right over long windows (a
        counter that wraps, a power that must be integrated); None when never.
    """

    name: str
    period_s: float | None

    def mark(self) -> Any:
        """The state now; cheap; never raises (what cannot be read is said by `between`)."""
        ...

    def poll(self) -> None:
        """Called about every `period_s` while a window is open, and by nothing else."""
        ...

    def between(self, start: Any, end: Any) -> tuple[DeviceEnergy, ...]:
        """What each device used from one mark to a later one; unknown figures for what is lost."""
        ...

    def close(self) -> None:
        """Release what was opened; may be called twice."""
        ...
