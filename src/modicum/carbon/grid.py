"""Yearly carbon intensity of electricity, location-based, by country."""

from __future__ import annotations

from modicum.carbon.regions import Region, find_region
from modicum.carbon.tables import cited, table
from modicum.figures import Figure

_DRIFT = 1.26
"""Factor that holds 90% of the changes from this table to Ember's figures of 2024, of the 83
countries above 5 TWh a year that have both (90th percentile of the absolute log ratio: 0.23)."""

_ANYWHERE = (98.0, 713.0)
"""Where 90% of the world's electricity lies: 5% and 95% points of the countries' factors weighted
by their generation (this table)."""

_BOUNDARY = "electricity generation, life cycle, yearly average"


def grid_factor(region: str | None) -> Figure:
    """Grams of CO2e per kWh delivered in a region; None is the world, assumed, and wide.

    The error is named `grid:<code>`, so two uses of one grid share it.  The interval is that of a
    yearly national average: hours and provinces differ by more.

    >>> grid_factor("FR").value
    56.04
    """
    if region is None:
        return _world_assumed()
    where = find_region(region)
    if where.code == "WORLD":
        return _world_assumed()
    return _national(where)


def _national(where: Region) -> Figure:
    row = table("grid")[where.code]
    return Figure.within(
        float(row["g_per_kwh"]),
        _DRIFT,
        "gCO2e/kWh",
        basis="reported",
        source=cited(row),
        boundary=f"{where.name}: {_BOUNDARY}",
        error=f"grid:{where.code}",
    )


def _world_assumed() -> Figure:
    row = table("grid")["WORLD"]
    return Figure.of(
        float(row["g_per_kwh"]),
        *_ANYWHERE,
        "gCO2e/kWh",
        basis="assumed",
        source=f"region not given, world average assumed: {cited(row)}",
        boundary=f"World: {_BOUNDARY}",
        error="grid:WORLD",
    )
