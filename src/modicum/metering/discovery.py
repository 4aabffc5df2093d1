"""Which energy counters this machine has."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modicum.metering.source import Source


PLUGINS = "modicum.meter_sources"
"""Entry points of this group name a source, or whatever makes one without arguments."""


def find_sources(*, plugins: bool = False) -> list[Source]:
    """The counters that can be read here, without loading a library that is of no use.

    plugins: look for installed sources of others as well, which takes some 20 ms.
    """
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
    return [*found, *_installed({source.name for source in found})] if plugins else found


def _installed(taken: set[str]) -> list[Source]:
    """Sources that other packages offer; raises PluginError where two share a name."""
    from importlib.metadata import entry_points

    from modicum.errors import PluginError
    from modicum.metering.source import Source

    found: list[Source] = []
    for point in entry_points(group=PLUGINS):
        source = point.load()()
        if not isinstance(source, Source):
            raise PluginError(f"{point.value} is no meter source: see modicum.checks.meter_source")
        if source.name in taken:
            raise PluginError(f"meter source {source.name!r} is there twice: uninstall one")
        taken.add(source.name)
        found.append(source)
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
