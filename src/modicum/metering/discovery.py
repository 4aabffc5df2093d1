"""Which energy counters this machine has."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modicum.metering.source import Source


def find_sources() -> list[Source]:
    """The counters that can be read here, without loading a library that is of no use."""
    found: list[Source] = []
    if os.path.exists("/sys/class/powercap"):  # noqa: PTH110 - pathlib costs 3 ms of import
        from modicum.metering.rapl import Rapl

        rapl = Rapl()
        if rapl.zones:
            found.append(rapl)
    if os.path.exists("/dev/nvidiactl") or os.path.exists("/dev/nvidia0"):  # noqa: PTH110
        from modicum.metering.nvidia import Nvidia

        nvidia = Nvidia()
        if nvidia.devices:
            found.append(nvidia)
    return found
