"""Metering: every joule once, with its uncertainty and where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modicum.metering.meter import Meter as Meter
    from modicum.metering.power import PowerModel as PowerModel
    from modicum.metering.reading import DeviceReading as DeviceReading
    from modicum.metering.reading import Reading as Reading
    from modicum.metering.session import Session as Session
    from modicum.metering.session import metered as metered
    from modicum.metering.source import DeviceEnergy as DeviceEnergy
    from modicum.metering.source import Source as Source
    from modicum.metering.window import Window as Window

_HOMES = {
    "DeviceEnergy": "source",
    "DeviceReading": "reading",
    "Meter": "meter",
    "PowerModel": "power",
    "Reading": "reading",
    "Session": "session",
    "Source": "source",
    "Window": "window",
    "metered": "session",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
