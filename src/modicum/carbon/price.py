"""What a kWh costs a business, by country, where a published price exists."""

from __future__ import annotations

from modicum.carbon.regions import EU_MEMBERS, Region, find_region
from modicum.carbon.tables import Row, cited, table
from modicum.figures import Basis, Figure

_BOUNDARY = "electricity bought by a business, without refundable taxes"


def electricity_price(region: str | None) -> Figure:
    """Currency per kWh; unknown, with its reason, where no sourced price is bundled.

    A member of the EU without a row of its own takes the EU's average with the EU's whole range.

    >>> electricity_price("IE").value
    0.256
    >>> electricity_price("Japan").known
    False
    """
    prices = table("price")
    if region is None:
        return _priced(Region("WORLD", "World"), prices["WORLD"], "assumed", "region not given: ")
    where = find_region(region)
    if where.code in prices:
        return _priced(where, prices[where.code], "reported", "")
    if where.code in EU_MEMBERS:
        return _priced(where, prices["EU27"], "assumed", f"EU average for {where.name}: ")
    return Figure.unknown(
        "USD/kWh",
        f"no sourced electricity price for {where.name} is bundled: give one per kWh",
        boundary=_BOUNDARY,
    )


def _priced(where: Region, row: Row, basis: Basis, why: str) -> Figure:
    return Figure.of(
        float(row["per_kwh"]),
        float(row["low"]),
        float(row["high"]),
        f"{row['currency']}/kWh",
        basis=basis,
        source=why + cited(row),
        boundary=f"{where.name}: {_BOUNDARY}",
        error=f"price:{row['region']}",
    )
