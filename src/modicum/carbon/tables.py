"""The bundled tables: csv files beside this module, read once, on first use."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

TABLES = ("grid", "price", "datacentre", "water", "equivalents", "embodied")
"""Names of the bundled tables; every row carries its year, licence and source."""

Row = Mapping[str, str]


@cache
def table(name: str) -> Mapping[str, Row]:
    """The rows of one table by their first column, in file order.

    >>> table("grid")["FRA"]["year"]
    '2023'
    """
    place = Path(__file__).parent / "data" / f"{name}.csv"
    with place.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        key = (reader.fieldnames or ["?"])[0]
        return MappingProxyType({row[key]: MappingProxyType(row) for row in reader})


def cited(row: Row) -> str:
    """The source of a row with its year.

    >>> cited({"source": "Ember", "year": "2024"})
    'Ember (2024)'
    """
    return f"{row['source']} ({row['year']})"
