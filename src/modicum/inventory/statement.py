"""The auditable table: energy and what follows, by organisation unit, scope and model."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from modicum.carbon import facility_pue, footprint
from modicum.errors import CarbonError, DataError
from modicum.figures import Figure, total
from modicum.inventory.energy import Amounts, Suppliers
from modicum.inventory.load import Loaded
from modicum.inventory.reconcile import Reconciled, reconcile
from modicum.inventory.regions import country_of
from modicum.inventory.usage import Scope, Usage


@dataclass(frozen=True)
class Line:
    """One organisation unit's use of one model under one scope.

    `energy_kwh` and what follows are None where the line is money only whose energy another line
    tells, and unknown figures where nobody knows it.  cost: by currency, as charged.
    """

    unit: str
    scope: Scope
    provider: str
    model: str
    months: int
    requests: float | None
    tokens_in: float | None
    tokens_cached: float | None
    tokens_out: float | None
    energy_kwh: Figure | None
    carbon_kg: Figure | None
    carbon_market_kg: Figure | None
    water_l: Figure | None
    cost: Mapping[str, float]


@dataclass(frozen=True)
class Coverage:
    """How much of the money is spent on use whose energy is known, in one currency."""

    currency: str
    spend: float
    covered: float

    @property
    def share(self) -> float | None:
        """None where nothing was spent."""
        return self.covered / self.spend if self.spend else None


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
    elsewhere = _counted_elsewhere(inside)
    groups: dict[tuple[str, Scope, str, str], list[Usage]] = defaultdict(list)
    for usage in inside:
        groups[usage.unit, usage.scope, usage.provider, usage.model].append(usage)
    lines = [
        _line(key, rows, elsewhere, suppliers or {}, region, supplier_g_per_kwh)
        for key, rows in sorted(groups.items())
    ]
    return _stated(period, lines, inside, elsewhere, told, files)


Places = set[tuple[str, str, str]]


def _place(usage: Usage) -> tuple[str, str, str]:
    return usage.provider, usage.month, usage.unit_id or usage.unit


def _counted_elsewhere(usages: Iterable[Usage]) -> Places:
    """Provider, month and account whose tokens a usage export counts."""
    found: Places = set()
    for usage in usages:
        if usage.kind == "tokens":
            found |= {_place(usage), (usage.provider, usage.month, usage.unit)}
    return found


def _is_counted(usage: Usage, elsewhere: Places) -> bool:
    return _place(usage) in elsewhere or (usage.provider, usage.month, usage.unit) in elsewhere


def _line(
    key: tuple[str, Scope, str, str],
    rows: Sequence[Usage],
    elsewhere: Places,
    suppliers: Suppliers,
    region: str | None,
    supplier_g_per_kwh: float | None,
) -> Line:
    unit, scope, provider, model = key
    sums = _sums(rows)
    by_country: dict[str | None, list[Usage]] = defaultdict(list)
    for usage in rows:
        by_country[country_of(usage.region) or region].append(usage)
    parts = []
    for country, some in by_country.items():
        energy = _sums(some).energy(provider, model, suppliers)
        if energy is None:
            if all(_is_counted(u, elsewhere) for u in some):
                continue
            why = "the bill tells money but no tokens: add the provider's usage export"
            energy = Figure.unknown("kWh", why)
        pue = _pue(provider) if scope == "3" else None
        market = supplier_g_per_kwh if scope == "2" else None
        parts.append(footprint(energy, country, pue=pue, supplier_g_per_kwh=market))
    cost: dict[str, float] = defaultdict(float)
    for usage in rows:
        if usage.cost is not None:
            cost[usage.currency] += usage.cost
    return Line(
        unit,
        scope,
        provider,
        model,
        len({u.month for u in rows}),
        sums.requests,
        sums.tokens_in,
        sums.tokens_cached,
        sums.tokens_out,
        total((p.energy_j for p in parts), "kWh") if parts else None,
        total((p.carbon_g for p in parts), "kgCO2e") if parts else None,
        total((p.carbon_market_g for p in parts), "kgCO2e") if parts else None,
        total((p.water_l for p in parts), "L") if parts else None,
        dict(cost),
    )


def _pue(provider: str) -> Figure:
    try:
        return facility_pue({"google": "google", "aws": "aws", "azure": "azure"}.get(provider))
    except CarbonError:
        return facility_pue()


def _sums(rows: Iterable[Usage]) -> Amounts:
    sums = Amounts()
    for usage in rows:
        for name in ("tokens_in", "tokens_cached", "tokens_out", "requests"):
            value = getattr(usage, name)
            if value is not None:
                setattr(sums, name, (getattr(sums, name) or 0.0) + value)
        if usage.energy_kwh is not None:
            sums.kwh = (sums.kwh or 0.0) + usage.energy_kwh
        if usage.hours is not None and usage.watts is not None:
            sums.watt_hours = (sums.watt_hours or 0.0) + usage.hours * usage.watts
        elif usage.hours is not None:
            sums.hours_without_watts = (sums.hours_without_watts or 0.0) + usage.hours
    return sums


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
        _coverage(inside, elsewhere),
        told.twice,
        tuple(files),
    )


def _coverage(inside: Iterable[Usage], elsewhere: Places) -> tuple[Coverage, ...]:
    spend: dict[str, float] = defaultdict(float)
    covered: dict[str, float] = defaultdict(float)
    for usage in inside:
        if usage.cost is None:
            continue
        spend[usage.currency] += usage.cost
        has_energy = usage.kind in {"both", "energy"} or (
            usage.kind == "hours" and usage.watts is not None
        )
        if has_energy or _is_counted(usage, elsewhere):
            covered[usage.currency] += usage.cost
    return tuple(Coverage(c, spend[c], covered[c]) for c in sorted(spend))


def folder_files(paths: Iterable[Path]) -> list[Path]:
    """Files as given, and those inside folders as given, in order of their names."""
    found: list[Path] = []
    for path in paths:
        found += sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
    return found
