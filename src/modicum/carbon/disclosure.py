"""Rows of reporting standards from one footprint: ESRS E1 in two versions, and the GHG Protocol.

Which datapoint takes which quantity is a table with the version and its source (esrs.csv beside
this module), so that a new version is new rows.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from modicum.errors import CarbonError
from modicum.figures import Figure, total

GHG = "GHG Protocol Scope 2 Guidance (2015); Corporate Value Chain (Scope 3) Standard (2011)"
NEWEST_LAW = "2023"
"""The set in force when this was written; the draft is shown beside it."""


@dataclass(frozen=True)
class Emissions:
    """What is disclosed of a period.  Unknown figures stay unknown rows.

    energy: of own operations (scope 2).  goods: hosted use, scope 3 category 1.  capital: embodied
    carbon of own machines, scope 3 category 2; None where there are no own machines.
    """

    energy: Figure
    location: Figure
    market: Figure
    goods: Figure | None = None
    capital: Figure | None = None

    @property
    def scope_3(self) -> Figure:
        """Both categories together."""
        parts = [part for part in (self.goods, self.capital) if part is not None]
        if parts:
            return total(parts, "tCO2e")
        return Figure.unknown("tCO2e", "nothing in scope 3 was given")


@dataclass(frozen=True)
class Row:
    """One row: `version` names the set of the standard, `source` where its wording is from."""

    standard: str
    version: str
    datapoint: str
    label: str
    figure: Figure
    source: str


@cache
def _esrs() -> tuple[Mapping[str, str], ...]:
    with Path(__file__).with_name("esrs.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


def versions() -> tuple[str, ...]:
    """The sets of ESRS that are mapped, the oldest first.

    >>> versions()
    ('2023', '2025-draft')
    """
    return tuple(dict.fromkeys(row["set"] for row in _esrs()))


def esrs_rows(found: Emissions, sets: Iterable[str] | None = None) -> list[Row]:
    """Rows of ESRS E1, set by set; raises CarbonError for one that is not mapped."""
    wanted = tuple(sets) if sets is not None else versions()
    unknown = [name for name in wanted if name not in versions()]
    if unknown:
        raise CarbonError(f"ESRS set {unknown[0]!r} is not mapped: give {' or '.join(versions())}")
    figures = {
        "energy": found.energy,
        "scope_2_location": found.location,
        "scope_2_market": found.market,
        "scope_3": found.scope_3,
    }
    return [
        Row("ESRS", row["set"], row["datapoint"], row["label"],
            figures[row["quantity"]].to(row["unit"]), row["source"])
        for name in wanted
        for row in _esrs()
        if row["set"] == name
    ]  # fmt: skip


def ghg_rows(found: Emissions) -> list[Row]:
    """Rows of the GHG Protocol, tonnes."""
    rows = [
        ("scope 2", "location-based", found.location),
        ("scope 2", "market-based", found.market),
    ]
    if found.goods is not None:
        rows.append(("scope 3, category 1", "purchased goods and services", found.goods))
    if found.capital is not None:
        rows.append(("scope 3, category 2", "capital goods (embodied)", found.capital))
    return [
        Row("GHG Protocol", "2015", point, label, figure.to("tCO2e"), GHG)
        for point, label, figure in rows
    ]
