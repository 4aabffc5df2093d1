"""Azure's cost and usage details: tokens are the quantity of a meter, in its unit of measure.

Columns as in the Enterprise Agreement and Microsoft Customer Agreement schemas of 2024-08-01
(learn.microsoft.com, cost-management-billing).
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

_AI = ("openai", "foundry models", "cognitive services", "ai services", "machine learning")


class AzureCosts:
    """Tokens and money by meter and subscription."""

    export = "azure"

    def matches(self, columns: Set[str]) -> bool:
        """Meters in categories are this schema's own."""
        return {"metercategory", "metername", "quantity"} <= columns

    def read(self, cells: Cells) -> Usage | None:
        """One meter of one day; None for what is no AI service."""
        what = " ".join(
            first(cells, name) for name in ("metercategory", "metersubcategory", "productname")
        ).casefold()
        if not any(word in what for word in _AI):
            return None
        meter = first(cells, "metername")
        cost = charged(cells, "costInBillingCurrency", "cost", "pretaxcost")
        quantity, way = number(cells, "quantity"), direction(meter)
        scale = token_scale(first(cells, "unitofmeasure", "unit"))
        tokens = counted(way, quantity, scale if "token" in meter.casefold() or way else None)
        return Usage(
            day=day(cells, "date", "usagedatetime"),
            provider="azure",
            unit=first(cells, "subscriptionname", "subscriptionid") or "unknown subscription",
            unit_id=first(cells, "subscriptionid"),
            model=model_name(meter) or "unknown model",
            kind=kind_of(tokens),
            region=first(cells, "resourcelocation", "meterregion") or None,
            cost=cost,
            currency=currency(cells, "billingcurrency", "billingcurrencycode"),
            key=f"{meter}/{first(cells, 'resourceid', 'resourcegroup')}",
            **tokens,
        )
