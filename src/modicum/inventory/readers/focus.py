"""Bills in the FinOps Open Cost and Usage Specification, 1.0 to 1.2 (focus.finops.org)."""

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

_PROVIDERS = (
    ("aws", ("aws", "amazon")),
    ("azure", ("microsoft", "azure")),
    ("google", ("google", "gcp")),
    ("openai", ("openai",)),
    ("anthropic", ("anthropic",)),
)
_SERVICES = ("bedrock", "openai", "vertex", "gemini", "anthropic", "claude", "foundry", "sagemaker")


class FocusBill:
    """Tokens and money by SKU and sub-account, whoever the provider is."""

    export = "focus"

    def matches(self, columns: Set[str]) -> bool:
        """A billed cost for a charge period."""
        return {"billedcost", "chargeperiodstart"} <= columns

    def read(self, cells: Cells) -> Usage | None:
        """One charge; None where it is no AI service, and for taxes, credits and adjustments."""
        if first(cells, "chargecategory") not in {"", "Usage", "Purchase"}:
            return None
        service = first(cells, "servicename")
        ai = first(cells, "servicecategory").casefold() == "ai and machine learning"
        if not ai and not any(name in service.casefold() for name in _SERVICES):
            return None
        cost = charged(cells, "BilledCost")
        meter = first(cells, "skumeter", "x_skumetername", "chargedescription", "skuid")
        unit = first(cells, "consumedunit")
        scale = token_scale(unit) if "token" in f"{unit} {meter}".casefold() else None
        tokens = counted(direction(meter), number(cells, "consumedquantity"), scale)
        account = first(cells, "subaccountid", "billingaccountid")
        return Usage(
            day=day(cells, "chargeperiodstart"),
            provider=_provider(first(cells, "providername", "publishername")),
            unit=first(cells, "subaccountname", "billingaccountname")
            or account
            or "unknown account",
            unit_id=account,
            model=model_name(meter) or "unknown model",
            kind=kind_of(tokens),
            region=first(cells, "regionid", "regionname") or None,
            cost=cost,
            currency=currency(cells, "billingcurrency"),
            key=f"{meter}/{first(cells, 'resourceid', 'skupriceid')}",
            **tokens,
        )


def _provider(name: str) -> str:
    text = name.casefold()
    for provider, words in _PROVIDERS:
        if any(word in text for word in words):
            return provider
    return text or "unknown provider"
