"""Line: one organisation unit's use of one model under one scope, and what it used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from modicum.carbon import facility_pue, footprint
from modicum.errors import CarbonError
from modicum.figures import Figure, total
from modicum.inventory.coverage import Places, is_counted
from modicum.inventory.energy import Amounts, Suppliers
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


def line_of(
    key: tuple[str, Scope, str, str],
    rows: Sequence[Usage],
    elsewhere: Places,
    suppliers: Suppliers,
    region: str | None,
    supplier_g_per_kwh: float | None,
) -> Line:
    """What the rows of one unit, scope, provider and model come to, country by country."""
    unit, scope, provider, model = key
    sums = _sums(rows)
    by_country: dict[str | None, list[Usage]] = defaultdict(list)
    for usage in rows:
        by_country[country_of(usage.region) or region].append(usage)
    parts = []
    for country, some in by_country.items():
        energy = _sums(some).energy(provider, model, suppliers)
        if energy is None:
            if all(is_counted(u, elsewhere) for u in some):
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
