"""What a data centre adds: power usage effectiveness, and water evaporated on site."""

from __future__ import annotations

from modicum.carbon.tables import Row, cited, table
from modicum.errors import CarbonError
from modicum.figures import Figure

_SITE_WATER = (0.36, 0.15, 1.8)
"""L per kWh of IT: US average of 2023 (Shehabi et al. 2024, LBNL-2001637), from the driest large
provider (AWS 2024) to the US average of 2014 (Shehabi et al. 2016, LBNL-1005775)."""


def facility_pue(provider: str | None = None) -> Figure:
    """Facility energy over IT energy, of a provider or of any data centre.

    >>> facility_pue("aws").value
    1.15
    """
    row = _row(provider)
    return Figure.of(
        float(row["pue"]),
        float(row["low"]),
        float(row["high"]),
        "1",
        basis="assumed" if provider is None else "reported",
        source=cited(row) if provider else f"provider not given: {cited(row)}",
        boundary="facility energy / IT energy, yearly",
        error=f"pue:{row['provider']}",
    )


def pue_of(value: float) -> Figure:
    """A PUE that the user gives; impossible below 1.

    >>> pue_of(1.1).known
    True
    """
    if value < 1.0:
        raise CarbonError(f"PUE {value:g} is below its physical limit of 1: give 1 or more")
    return Figure.exact(
        value, "1", basis="reported", source="given", boundary="facility energy / IT energy"
    )


def site_water(provider: str | None = None) -> Figure:
    """Litres evaporated on site per kWh of IT energy (WUE)."""
    row = _row(provider)
    if row["wue_l_per_kwh"]:
        return Figure.within(
            float(row["wue_l_per_kwh"]),
            2.0,  # sites of one provider differ: the fleet average is known within a factor of two
            "L/kWh",
            basis="reported",
            source=cited(row),
            boundary="water on site / IT energy",
            error=f"wue:{row['provider']}",
        )
    return Figure.of(
        *_SITE_WATER,
        "L/kWh",
        basis="assumed",
        source="LBNL 2024 (Shehabi et al.), US average of 2023; range from AWS 2024 to LBNL 2016",
        boundary="water on site / IT energy",
        error="wue:default",
    )


def _row(provider: str | None) -> Row:
    rows = table("datacentre")
    name = (provider or "default").strip().lower()
    if name not in rows:
        import difflib  # only for a mistake

        near = difflib.get_close_matches(name, rows, n=1, cutoff=0.3)
        known = near[0] if near else ", ".join(rows)
        raise CarbonError(f"provider {provider!r} is not known: take for example {known}")
    return rows[name]
