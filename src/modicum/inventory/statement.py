"""The auditable table: energy and what follows, by organisation unit, scope and model."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from modicum.errors import DataError
from modicum.figures import Figure, total
from modicum.inventory.coverage import Coverage, Places, counted_elsewhere, coverage_of
from modicum.inventory.energy import Suppliers
from modicum.inventory.line import Line, line_of
from modicum.inventory.load import Loaded
from modicum.inventory.reconcile import Reconciled, reconcile
from modicum.inventory.usage import Scope, Usage


@dataclass(frozen=True)
class Statement:
    """A period's inventory.  `total_*`: over the lines whose energy is known; see `coverage`."""

    period: str
    lines: tuple[Line, ...]
    energy_kwh: Figure
    carbon_kg: Figure
    carbon_market_kg: Figure
    water_l: Figure
    cost: Mapping[str, float]
    requests: float | None
    coverage: tuple[Coverage, ...]
    twice: Mapping[str, int]
    files: tuple[Loaded, ...]
    notes: tuple[str, ...] = field(default=())


def inventory(
    files: Sequence[Loaded],
    period: str,
    *,
    suppliers: Suppliers | None = None,
    region: str | None = None,
    supplier_g_per_kwh: float | None = None,
) -> Statement:
    """The inventory of a period ("2025", "2025-03").

    suppliers: suppliers' own factors by (provider, model).  region: of own machines and of rows
    whose region nobody knows.  supplier_g_per_kwh: of the own electricity contract (market-based,
    scope 2 only).

    Raises DataError where the period is not a year or a month, or holds no use.
    """
    if not re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2]))?", period):
        raise DataError(f"period {period!r}: give a year (2025) or a month (2025-03)")
    told = reconcile(files)
    inside = [u for u in told.usages if u.month.startswith(period)]
    if not inside:
        months = sorted({u.month for u in told.usages})
        span = f"{months[0]} to {months[-1]}" if months else "nothing"
        raise DataError(f"no use of AI in {period}: the files hold {span}")
    elsewhere = counted_elsewhere(inside)
    groups: dict[tuple[str, Scope, str, str], list[Usage]] = defaultdict(list)
    for usage in inside:
        groups[usage.unit, usage.scope, usage.provider, usage.model].append(usage)
    lines = [
        line_of(key, rows, elsewhere, suppliers or {}, region, supplier_g_per_kwh)
        for key, rows in sorted(groups.items())
    ]
    return _stated(period, lines, inside, elsewhere, told, files)


def _stated(
    period: str,
    lines: Sequence[Line],
    inside: Sequence[Usage],
    elsewhere: Places,
    told: Reconciled,
    files: Sequence[Loaded],
) -> Statement:
    known = [line for line in lines if line.energy_kwh is not None and line.energy_kwh.known]

    def summed(name: str, unit: str) -> Figure:
        parts: list[Figure] = [getattr(line, name) for line in known]
        unknown = [p.reason or "not given" for p in parts if not p.known]
        if unknown or not parts:
            return Figure.unknown(unit, unknown[0] if unknown else "no use of known energy")
        return total(parts, unit)

    cost: dict[str, float] = defaultdict(float)
    for line in lines:
        for currency, amount in line.cost.items():
            cost[currency] += amount
    requests = [line.requests for line in lines if line.requests is not None]
    return Statement(
        period,
        tuple(lines),
        summed("energy_kwh", "kWh"),
        summed("carbon_kg", "kgCO2e"),
        summed("carbon_market_kg", "kgCO2e"),
        summed("water_l", "L"),
        dict(cost),
        sum(requests) if requests else None,
        coverage_of(inside, elsewhere),
        told.twice,
        tuple(files),
    )


def folder_files(paths: Iterable[Path]) -> list[Path]:
    """Files as given, and those inside folders as given, in order of their names."""
    found: list[Path] = []
    for path in paths:
        found += sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
    return found
