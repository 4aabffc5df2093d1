"""Embodied carbon of a device's use: its share in time and in resources (SCI's M)."""

from __future__ import annotations

from modicum.carbon.tables import cited, table
from modicum.errors import CarbonError
from modicum.figures import Figure

_HOURS_A_YEAR = 8766.0  # of 365.25 days


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


def device_embodied(device: str) -> Figure:
    """What making a device emitted: one of the table (server, gpu, gpu-h100), or kilograms.

    >>> device_embodied("gpu-h100").value, device_embodied("1300").unit
    (164.0, 'kgCO2e')
    """
    rows = table("embodied")
    if device in rows:
        row = rows[device]
        return Figure.of(
            float(row["kg"]), float(row["low"]), float(row["high"]), "kgCO2e", basis="reported",
            source=cited(row), boundary=f"making of a {row['what']}", error=f"embodied:{device}",
        )  # fmt: skip
    try:
        kilograms = float(device)
    except ValueError:
        known = ", ".join(rows)
        raise CarbonError(f"device {device!r} is not known: take {known} or kilograms") from None
    if not 0 <= kilograms < 1e9:
        raise CarbonError(f"{device} kg embodied: give 0 or more")
    return Figure.exact(
        kilograms, "kgCO2e", basis="reported", source="embodied carbon, as given",
        boundary="making of the device",
    )  # fmt: skip


def embodied_of_use(
    device: str, *, seconds: float, life_years: float | None = None, share: float = 1.0
) -> Figure:
    """Grams of a device's making that its use for so long carries.

    life_years: the device's life; None takes the table's (6 years where kilograms were given).
    share: of the device that was reserved for this work (SCI's RS), in [0, 1].

    >>> embodied_of_use("1000", seconds=3600, life_years=1).to("gCO2e").value > 100
    True
    """
    row = table("embodied").get(device)
    years = life_years if life_years is not None else float(row["life_years"]) if row else 6.0
    whole = device_embodied(device)
    used = embodied_share(
        whole, hours=seconds / 3600, life_hours=years * _HOURS_A_YEAR, resource_share=share
    )
    return used.to("gCO2e").relabel(
        boundary=f"{whole.boundary}, over {years:g} years, {share:.0%} of it reserved"
    )
