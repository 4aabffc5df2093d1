"""Joules of what an export tells: measured, or from tokens, or from hours and watts."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from modicum.errors import DataError
from modicum.figures import Figure, total
from modicum.inventory.cells import RowError, count, first
from modicum.metering.tokens import BOUNDARY, FACTOR, READ_J, SOURCE, WRITTEN_J

CACHED_SHARE = 0.1
"""A cached token's energy in units of a new one's: providers price it at a tenth to a half of it
(OpenAI, Anthropic and Google list prices, 2026); inside the model's factor of 8 either way."""

METER_FACTOR = 1.02
"""What an own meter's yearly energy is taken as known within: class 2 of IEC 62053-21 (2020)."""

DRAW_FACTOR = 1.5
"""What a mean draw typed in for a rented instance is taken as known within (assumed)."""

SUPPLIER_FACTOR = 1.5
"""What a supplier's own factor is taken as known within where it states nothing (assumed)."""


@dataclass(frozen=True)
class SupplierFactor:
    """What a supplier says one token of its model uses."""

    joules_in: float
    joules_out: float
    within: float
    source: str


Suppliers = Mapping[tuple[str, str], SupplierFactor]


@dataclass
class Amounts:
    """Sums over the rows of one line; a sum of no rows is None."""

    tokens_in: float | None = None
    tokens_cached: float | None = None
    tokens_out: float | None = None
    requests: float | None = None
    kwh: float | None = None
    watt_hours: float | None = None
    hours_without_watts: float | None = None

    def energy(self, provider: str, model: str, suppliers: Suppliers) -> Figure | None:
        """kWh; None where no row of the line tells anything that uses energy."""
        parts = [
            *self._metered(),
            *self._tokens(provider, model, suppliers),
            *self._hours(),
        ]
        return total(parts, "kWh") if parts else None

    def _metered(self) -> list[Figure]:
        if self.kwh is None:
            return []
        return [
            Figure.within(
                self.kwh,
                METER_FACTOR,
                "kWh",
                basis="measured",
                source="own meter",
                boundary="what the meter holds",
            )
        ]

    def _tokens(self, provider: str, model: str, suppliers: Suppliers) -> list[Figure]:
        if self.tokens_in is None and self.tokens_out is None and self.tokens_cached is None:
            return []
        read = (self.tokens_in or 0.0) + CACHED_SHARE * (self.tokens_cached or 0.0)
        written = self.tokens_out or 0.0
        known = suppliers.get((provider, model)) or suppliers.get((provider, "*"))
        if known:
            return [
                Figure.within(
                    known.joules_in * read + known.joules_out * written,
                    known.within,
                    "J",
                    basis="reported",
                    source=known.source,
                    boundary="as the supplier draws it",
                    error=f"supplier:{provider}",
                )
            ]
        return [
            Figure.within(
                READ_J * read + WRITTEN_J * written,
                FACTOR,
                "J",
                basis="modelled",
                source=SOURCE,
                boundary=BOUNDARY,
                error="token-model",
            )
        ]

    def _hours(self) -> list[Figure]:
        parts = []
        if self.watt_hours is not None:
            parts.append(
                Figure.within(
                    self.watt_hours,
                    DRAW_FACTOR,
                    "Wh",
                    basis="assumed",
                    source="hours x the mean draw given",
                    boundary="the instance's share of its server",
                    error="instance-draw",
                )
            )
        if self.hours_without_watts:
            why = f"{self.hours_without_watts:g} instance hours have no watts: add a watts column"
            parts.append(Figure.unknown("kWh", why))
        return parts


def read_suppliers(path: Path) -> dict[tuple[str, str], SupplierFactor]:
    """Suppliers' own factors from a csv; raises DataError with the line.

    Columns: provider, model (`*` for all), j_per_token_in, j_per_token_out, source, optionally
    within (a factor, 1.5 where it is empty).
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from None
    found = {}
    for line, cells in enumerate(rows, start=2):
        try:
            joules = [count(cells, name) for name in ("j_per_token_in", "j_per_token_out")]
            within = count(cells, "within") or SUPPLIER_FACTOR
            source = first(cells, "source")
            if joules[0] is None or joules[1] is None or not source or within < 1:
                raise RowError(
                    "j_per_token_in, j_per_token_out and source are wanted, within at least 1"
                )
        except RowError as error:
            raise DataError(f"{path} line {line}: {error}") from None
        key = first(cells, "provider").casefold(), first(cells, "model") or "*"
        found[key] = SupplierFactor(joules[0], joules[1], within, source)
    return found
