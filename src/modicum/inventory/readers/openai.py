"""OpenAI's usage (completions, embeddings) and cost exports, as csv or as the API's JSON pages.

Columns as in the organisation usage and costs API (platform.openai.com, API reference, 2026):
`input_tokens` holds the cached ones.
"""

from __future__ import annotations

from collections.abc import Set

from modicum.inventory.cells import Cells, RowError, count, day, first, model_name, number
from modicum.inventory.usage import Usage


class OpenAIUsage:
    """Tokens by model, project and key."""

    export = "openai-usage"

    def matches(self, columns: Set[str]) -> bool:
        """Requests and tokens side by side are this export's own."""
        return {"input_tokens", "num_model_requests"} <= columns

    def read(self, cells: Cells) -> Usage | None:
        """One bucket of one model."""
        cached = count(cells, "input_cached_tokens") or 0.0
        every = count(cells, "input_tokens")
        if every is None:
            raise RowError("input_tokens is empty, a number was wanted")
        if cached > every:
            raise RowError(f"{cached:g} cached of {every:g} input tokens: more than all")
        return Usage(
            day=day(cells, "start_time_iso", "start_time"),
            provider="openai",
            unit=first(cells, "project_name", "project_id") or "default project",
            unit_id=first(cells, "project_id"),
            model=first(cells, "model") or "unknown model",
            kind="tokens",
            tokens_in=every - cached,
            tokens_cached=cached,
            tokens_out=count(cells, "output_tokens") or 0.0,
            requests=count(cells, "num_model_requests"),
            key="/".join(
                first(cells, name) for name in ("api_key_id", "user_id", "batch", "service_tier")
            ),
        )


class OpenAICosts:
    """Money by line item and project."""

    export = "openai-costs"

    def matches(self, columns: Set[str]) -> bool:
        """A line item with an amount."""
        return "line_item" in columns and bool({"amount_value", "amount.value"} & columns)

    def read(self, cells: Cells) -> Usage | None:
        """One day of one line item."""
        cost = number(cells, "amount_value", "amount.value")
        if cost is None:
            raise RowError("amount_value is empty, a number was wanted")
        item = first(cells, "line_item")
        return Usage(
            day=day(cells, "start_time_iso", "start_time"),
            provider="openai",
            unit=first(cells, "project_name", "project_id") or "default project",
            unit_id=first(cells, "project_id"),
            model=model_name(item.partition(",")[0]) or "unknown model",
            kind="bill",
            cost=cost,
            currency=first(cells, "amount_currency", "amount.currency").upper() or "USD",
            key=item,
        )
