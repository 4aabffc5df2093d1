"""Water consumed where electricity is generated."""

from __future__ import annotations

from modicum.carbon.regions import Region, find_region
from modicum.carbon.tables import Row, cited, table
from modicum.figures import Basis, Figure

_SPREAD = 2.0  # plants of one kind differ by this factor and more (Macknick et al. 2012, table 1)
_ANYWHERE = (1.2, 12.8)  # nearly all countries of the table


def grid_water(region: str | None) -> Figure:
    """Litres consumed per kWh generated; the world's, assumed and wide, where none is bundled.

    >>> grid_water("FRA").unit
    'L/kWh'
    """
    rows = table("water")
    where = Region("WORLD", "World") if region is None else find_region(region)
    if where.code in rows and where.code != "WORLD":
        value = float(rows[where.code]["l_per_kwh"])
        return _water(where, rows[where.code], value / _SPREAD, value * _SPREAD, "reported", "")
    why = f"no figure for {where.name}, world average assumed: "
    return _water(where, rows["WORLD"], *_ANYWHERE, "assumed", why)


def _water(where: Region, row: Row, low: float, high: float, basis: Basis, why: str) -> Figure:
    return Figure.of(
        float(row["l_per_kwh"]),
        low,
        high,
        "L/kWh",
        basis=basis,
        source=why + cited(row),
        boundary=f"{where.name}: water consumed in generation",
        error=f"water:{row['region']}",
    )
