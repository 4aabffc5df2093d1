"""Footprints in the forms that others ask for: GHG Protocol, ESRS, EU AI Act, FOCUS."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from modicum.carbon import Footprint
from modicum.carbon.disclosure import NEWEST_LAW, Emissions, Row, esrs_rows
from modicum.errors import PlanError
from modicum.figures import Figure
from modicum.plan.inputs import count
from modicum.plan.limits import positive

ESRS_COLUMNS = (
    "version",
    "datapoint",
    "label",
    "value",
    "low",
    "high",
    "unit",
    "basis",
    "source",
    "reason",
)

FOCUS_COLUMNS = (
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ResourceId",
    "ServiceName",
    "RegionId",
    "x_EnergyKwh",
    "x_CarbonLocationKg",
    "x_CarbonMarketKg",
    "x_CarbonLowKg",
    "x_CarbonHighKg",
)
"""Keys as FOCUS 1.x spells them, so that rows join a bill; columns of one's own start with x_."""

ANNEX_XI = (
    "regulation",
    "known_or_estimated",
    "energy_consumption_kwh",
    "computational_resources",
    "method",
)
"""What Annex XI, section 1, 2(d) and (e) of Regulation (EU) 2024/1689 asks of a general-purpose
model: resources used in training (operations, time, hardware), and known or estimated energy."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """A footprint with its embodied share, as greenhouse-gas inventories divide it."""

    footprint: Footprint
    embodied_g: Figure

    def ghg_protocol(self) -> dict[str, Any]:
        """Scope 2 both ways, and the embodied share in scope 3, tonnes."""
        return {
            "scope_2_location_based_t": _tonnes(self.footprint.carbon_g),
            "scope_2_market_based_t": _tonnes(self.footprint.carbon_market_g),
            "scope_3_category_2_capital_goods_t": _tonnes(self.embodied_g),
            "standard": "GHG Protocol Scope 2 Guidance (2015); Scope 3 Standard (2011)",
        }

    @property
    def emissions(self) -> Emissions:
        """As disclosures divide it."""
        used = self.footprint
        return Emissions(
            used.energy_j, used.carbon_g, used.carbon_market_g, capital=self.embodied_g
        )

    def esrs(self, version: str = NEWEST_LAW) -> str:
        """Rows of ESRS E1 (energy, gross emissions) as csv; raises CarbonError for a version."""
        return _csv(ESRS_COLUMNS, [_esrs_row(row) for row in esrs_rows(self.emissions, [version])])


def annex_xi(
    energy: Figure,
    chip_hours: Figure,
    *,
    measured: bool,
    hardware: str,
    time: Figure | None = None,
    flops: float | None = None,
) -> dict[str, Any]:
    """The energy statement for a general-purpose model's technical documentation."""
    no_time = Figure.unknown("h", "the training time was not given")
    if not hardware:
        raise PlanError("the computational resources are empty: name the hardware")
    way = "" if measured else "from the computational resources, as point (e) allows; "
    return {
        "regulation": "(EU) 2024/1689, Annex XI, section 1, point 2 (d) and (e)",
        "known_or_estimated": "known" if measured else "estimated",
        "energy_consumption_kwh": energy.to("kWh").to_dict(),
        "computational_resources": {
            "hardware": hardware,
            "chip_hours": chip_hours.to_dict(),
            "training_time": (no_time if time is None else time).to_dict(),
            "floating_point_operations": _operations(flops).to_dict(),
        },
        "method": f"{way}{energy.source}; boundary: {energy.boundary}",
    }


def _operations(flops: float | None) -> Figure:
    if flops is None:
        return Figure.unknown("FLOP", "the operations of the training were not given")
    return count("operations", positive("operations", flops), "FLOP")


def focus_row(
    footprint: Footprint,
    *,
    start: datetime,
    end: datetime,
    resource: str,
    service: str,
    region: str,
) -> dict[str, str]:
    """One row that joins a FOCUS bill by period, resource and service."""
    if end <= start:
        raise PlanError(f"the period ends at {end.isoformat()}, not after its start")
    carbon = footprint.carbon_g.to("kgCO2e")
    period = [_utc(start), _utc(end)] * 2
    numbers = (
        footprint.energy_j.to("kWh").value,
        carbon.value,
        footprint.carbon_market_g.to("kgCO2e").value,
        carbon.low,
        carbon.high,
    )
    values = [*period, resource, service, region, *map(_number, numbers)]
    return dict(zip(FOCUS_COLUMNS, values, strict=True))


def focus_csv(rows: list[dict[str, str]]) -> str:
    """Rows as csv, with their head."""
    return _csv(FOCUS_COLUMNS, rows)


def _utc(time: datetime) -> str:
    """As FOCUS writes a time: UTC, ISO 8601, to the second.

    >>> from datetime import timedelta, timezone
    >>> _utc(datetime(2026, 2, 1, tzinfo=timezone(timedelta(hours=1))))
    '2026-01-31T23:00:00Z'
    """
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _tonnes(figure: Figure) -> dict[str, Any]:
    return figure.to("tCO2e").to_dict()


def _esrs_row(row: Row) -> dict[str, str]:
    figure = row.figure
    return {
        "version": row.version,
        "datapoint": row.datapoint,
        "label": row.label,
        "value": _number(figure.value),
        "low": _number(figure.low),
        "high": _number(figure.high),
        "unit": figure.unit,
        "basis": figure.basis,
        "source": figure.source,
        "reason": figure.reason or "",
    }


def _number(value: float | None) -> str:
    """Empty where unknown: never 0."""
    return "" if value is None else repr(value)


def _csv(columns: tuple[str, ...], rows: list[Mapping[str, str]] | list[dict[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
