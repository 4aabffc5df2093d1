"""Vertex AI and the Gemini API in Google Cloud's billing export (csv, or BigQuery rows as JSON).

Columns as in the standard and detailed usage cost schema (cloud.google.com/billing, 2026).
"""

from __future__ import annotations

from collections.abc import Set

from modicum.inventory.cells import (
    Cells,
    day,
    direction,
    first,
    model_name,
    number,
    token_scale,
)
from modicum.inventory.readers.billing import charged, currency, kind_of
from modicum.inventory.readers.tokens import counted
from modicum.inventory.usage import Usage

_SERVICES = ("vertex ai", "gemini api", "generative language api", "cloud ai")


class VertexCosts:
    """Tokens and money by SKU and project."""

    export = "vertex"

    def matches(self, columns: Set[str]) -> bool:
        """A service and a SKU, each with its description."""
        return {"service.description", "sku.description"} <= columns or {
            "service_description",
            "sku_description",
        } <= columns

    def read(self, cells: Cells) -> Usage | None:
        """One SKU of one day; None for another service."""
        service = first(cells, "service.description", "service_description").casefold()
        if not any(name in service for name in _SERVICES):
            return None
        sku = first(cells, "sku.description", "sku_description")
        cost = charged(cells, "cost")
        way = direction(sku)
        characters = "character" in sku.casefold()
        scale = token_scale(first(cells, "usage.unit", "usage_unit")) if not characters else None
        tokens = counted(way, number(cells, "usage.amount", "usage_amount"), scale)
        return Usage(
            day=day(cells, "usage_start_time"),
            provider="google",
            unit=first(cells, "project.name", "project_name", "project.id", "project_id")
            or "unknown project",
            unit_id=first(cells, "project.id", "project_id"),
            model=model_name(sku.partition(" - ")[0]) or "unknown model",
            kind=kind_of(tokens),
            region=first(cells, "location.region", "location_region") or None,
            cost=cost,
            currency=currency(cells, "currency"),
            key=sku,
            **tokens,
        )
