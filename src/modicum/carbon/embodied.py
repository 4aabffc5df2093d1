"""Embodied carbon of a device's use: its share in time and in resources (SCI's M)."""

from __future__ import annotations

from modicum.errors import CarbonError
from modicum.figures import Figure


def embodied_share(
    device: Figure, *, hours: float, life_hours: float, resource_share: float = 1.0
) -> Figure:
    """TE x TS x RS of ISO/IEC 21031:2024: total embodied, time share, resource share.

    >>> server = Figure.exact(1300, "kgCO2e", basis="reported", source="Dell", boundary="server")
    >>> embodied_share(server, hours=35040 / 10, life_hours=35040).value
    130.0
    """
    if hours < 0 or life_hours <= 0 or hours > life_hours:
        raise CarbonError(f"{hours:g} h of a life of {life_hours:g} h: give 0 to the whole life")
    if not 0 <= resource_share <= 1:
        raise CarbonError(f"resource share is {resource_share:g}: give 0 to 1")
    return device * (hours / life_hours * resource_share)
