"""The country a cloud region lies in."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from modicum.carbon import find_region
from modicum.errors import CarbonError


def country_of(region: str | None) -> str | None:
    """ISO 3166-1 code of a cloud region, country code or name; None where it is not known.

    >>> country_of("eu-west-3"), country_of("Sweden Central"), country_of("France")
    ('FRA', 'SWE', 'FRA')
    >>> country_of("global") is None
    True
    """
    if not region:
        return None
    text = region.casefold().replace(" ", "")
    for start, country in _prefixes():
        if text.startswith(start):
            return country
    try:
        return find_region(region).code
    except CarbonError:
        return None


@cache
def _prefixes() -> tuple[tuple[str, str], ...]:
    """Longest first, so that europe-west10 is not taken for europe-west1."""
    place = Path(__file__).parent / "data" / "cloud_regions.csv"
    with place.open(encoding="utf-8", newline="") as file:
        rows = [(row["region"], row["country"]) for row in csv.DictReader(file)]
    return tuple(sorted(rows, key=lambda row: -len(row[0])))
