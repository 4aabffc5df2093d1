"""Amazon Bedrock in an AWS Cost and Usage Report (CUR 1 and 2).

Every kind of token is a line of its own, told by the usage type (docs.aws.amazon.com, Bedrock user
guide, "Understanding your Amazon Bedrock Cost and Usage Report data", 2026).
"""

from __future__ import annotations

import re
from collections.abc import Set

from modicum.inventory.cells import Cells, RowError, day, first, number, token_scale
from modicum.inventory.readers.billing import charged, currency, kind_of
from modicum.inventory.readers.tokens import counted
from modicum.inventory.usage import Usage

_WAYS = (
    ("cached", re.compile(r"-cache-read-input-token-count")),
    ("in", re.compile(r"-cache-write-input-token-count")),
    ("in", re.compile(r"-(?:mantle-)?input-tokens?")),
    ("out", re.compile(r"-(?:mantle-)?output-tokens?")),
)


class BedrockUsage:
    """Tokens and money by usage type and account."""

    export = "bedrock"

    def matches(self, columns: Set[str]) -> bool:
        """A line item's usage type, in either spelling."""
        return bool({"line_item_usage_type", "lineitem/usagetype"} & columns)

    def read(self, cells: Cells) -> Usage | None:
        """One line item; None for another product than Bedrock, and for credits and taxes."""
        product = first(cells, "line_item_product_code", "lineitem/productcode")
        kind = first(cells, "line_item_line_item_type", "lineitem/lineitemtype")
        if "bedrock" not in product.casefold() or kind in {"Tax", "Credit", "Refund"}:
            return None
        usage_type = first(cells, "line_item_usage_type", "lineitem/usagetype")
        cost = charged(cells, "line_item_unblended_cost", "lineitem/unblendedcost")
        way, model = _read_type(usage_type)
        amount = number(cells, "line_item_usage_amount", "lineitem/usageamount")
        scale = token_scale(first(cells, "pricing_unit", "pricing/unit"))
        if way and scale is None:
            raise RowError("pricing_unit does not say how many tokens one unit is")
        tokens = counted(way, amount, scale)
        account = first(cells, "line_item_usage_account_id", "lineitem/usageaccountid")
        return Usage(
            day=day(cells, "line_item_usage_start_date", "lineitem/usagestartdate"),
            provider="aws",
            unit=first(cells, "line_item_usage_account_name", "lineitem/usageaccountname")
            or account
            or "unknown account",
            unit_id=account,
            model=model or "unknown model",
            kind=kind_of(tokens),
            region=first(cells, "product_region_code", "product/regioncode") or None,
            cost=cost,
            currency=currency(cells, "line_item_currency_code", "lineitem/currencycode"),
            key=f"{usage_type}/{first(cells, 'line_item_resource_id', 'lineitem/resourceid')}",
            **tokens,
        )


def _read_type(usage_type: str) -> tuple[str | None, str]:
    """Kind of token and model of a usage type such as USE1-Claude4.6Sonnet-input-tokens."""
    text = usage_type.casefold()
    for way, pattern in _WAYS:
        if found := pattern.search(text):
            return way, re.sub(r"^[a-z]{2,4}\d?-", "", text[: found.start()])
    return None, re.sub(r"^[a-z]{2,4}\d?-", "", text)
