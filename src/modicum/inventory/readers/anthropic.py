"""Anthropic's usage and cost exports, as the Console's csv or the Admin API's JSON pages.

Columns as in the Console's csv and the usage and cost API (platform.claude.com, 2026); the API's
amounts are in cents.
"""

from __future__ import annotations

from collections.abc import Set

from modicum.inventory.cells import Cells, RowError, count, day, first, number
from modicum.inventory.usage import Usage

_NEW = (
    "usage_input_tokens_no_cache",
    "usage_input_tokens_cache_write_5m",
    "usage_input_tokens_cache_write_1h",
    "uncached_input_tokens",
    "cache_creation.ephemeral_5m_input_tokens",
    "cache_creation.ephemeral_1h_input_tokens",
)
_CONTEXT = "context_window"
_DAY = ("usage_date_utc", "starting_at")


class AnthropicUsage:
    """Tokens by model, workspace and key."""

    export = "anthropic-usage"

    def matches(self, columns: Set[str]) -> bool:
        """Uncached input is told apart under a name of its own."""
        return bool({"usage_input_tokens_no_cache", "uncached_input_tokens"} & columns)

    def read(self, cells: Cells) -> Usage | None:
        """One bucket of one model."""
        new = [count(cells, name) for name in _NEW]
        if new[0] is None and new[3] is None:
            raise RowError("usage_input_tokens_no_cache is empty, a number was wanted")
        return Usage(
            day=day(cells, *_DAY),
            provider="anthropic",
            unit=first(cells, "workspace", "workspace_id") or "default workspace",
            unit_id=first(cells, "workspace_id"),
            model=first(cells, "model_version", "model") or "unknown model",
            kind="tokens",
            tokens_in=sum(n or 0.0 for n in new),
            tokens_cached=count(cells, "usage_input_tokens_cache_read", "cache_read_input_tokens")
            or 0.0,
            tokens_out=count(cells, "usage_output_tokens", "output_tokens") or 0.0,
            key="/".join(
                first(cells, name)
                for name in (
                    "api_key",
                    "api_key_id",
                    "usage_type",
                    "service_tier",
                    "context_window",
                )
            ),
        )


class AnthropicCosts:
    """Money by model, workspace and kind of token."""

    export = "anthropic-costs"

    def matches(self, columns: Set[str]) -> bool:
        """The Console's dollars, or the API's amount beside a cost type."""
        return {"usage_date_utc", "cost_usd"} <= columns or {"amount", "cost_type"} <= columns

    def read(self, cells: Cells) -> Usage | None:
        """One line of a day."""
        cents = number(cells, "amount")
        cost = number(cells, "cost_usd") if cents is None else cents / 100
        if cost is None:
            raise RowError("cost_usd is empty, a number was wanted")
        return Usage(
            day=day(cells, *_DAY),
            provider="anthropic",
            unit=first(cells, "workspace", "workspace_id") or "default workspace",
            unit_id=first(cells, "workspace_id"),
            model=first(cells, "model", "model_version") or "unknown model",
            kind="bill",
            cost=cost,
            currency=first(cells, "currency").upper() or "USD",
            key="/".join(
                first(cells, name)
                for name in ("api_key", "token_type", "cost_type", "usage_type", _CONTEXT)
            ),
        )
