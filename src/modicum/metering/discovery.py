"""Which energy counters this machine has."""

from __future__ import annotations

import os
import sys
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
    if has_zeus_device():
        found.extend(_through_zeus())
    return found


def has_zeus_device() -> bool:
    """Whether there is an AMD GPU, an Apple chip or a Jetson, which Zeus can read."""
    if sys.platform == "darwin":
        return os.uname().machine == "arm64"
    return os.path.exists("/dev/kfd") or os.path.exists("/etc/nv_tegra_release")  # noqa: PTH110


def _through_zeus() -> list[Source]:
    """Zeus' devices; none where `modicum[zeus]` is not installed (`modicum doctor` says so)."""
    from modicum.errors import MeterError
    from modicum.metering.zeus import Zeus

    try:
        zeus = Zeus.find()
    except MeterError:
        return []
    return [zeus] if zeus.devices else []
