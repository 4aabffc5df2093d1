"""What hosted models cost per million tokens: a dated table, after a candidate's own prices.

Prices are list prices without tax, discounts or regional surcharges, and they change often: the
table tells where and when each was read, and a candidate's `price_in` and `price_out` override it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modicum.candidates.llm_options import LLMOptions

READ = "2026-11"
COLLECTED = "as collected in LiteLLM 1.109.1 model_prices_and_context_window (MIT)"
OPENAI = f"developers.openai.com/api/docs/pricing, {COLLECTED}"
ANTHROPIC = f"platform.claude.com/docs/en/about-claude/pricing, {COLLECTED}"
GOOGLE = f"ai.google.dev/gemini-api/docs/pricing, {COLLECTED}"
MISTRAL = f"docs.mistral.ai/models, {COLLECTED}"
DEEPSEEK = f"api-docs.deepseek.com/quick_start/pricing, {COLLECTED}"
OLD_OPENAI = f"OpenAI's list price before its retirement, {COLLECTED}"


@dataclass(frozen=True, slots=True)
class Price:
    """Per million tokens, in `currency`; None where a provider offers no such price.

    `cached` is of input the provider has read before; the batch prices are of its slow lane.
    """

    tokens_in: float
    tokens_out: float
    cached: float | None = None
    batch_in: float | None = None
    batch_out: float | None = None
    currency: str = "USD"
    source: str = "the candidate's own price_in and price_out"
    read: str | None = None

    def cost(self, tokens_in: int, tokens_out: int, tokens_cached: int = 0) -> float:
        """Of one request; `tokens_cached` are part of `tokens_in`.

        >>> round(Price(2.0, 8.0, cached=0.5).cost(1000, 10, tokens_cached=800), 8)
        0.00088
        """
        old = min(tokens_cached, tokens_in) if self.cached is not None else 0
        paid = (tokens_in - old) * self.tokens_in + tokens_out * self.tokens_out
        return (paid + old * (self.cached or 0.0)) / 1e6


# model, in, out, cached, batch in, batch out, source
_ROWS: tuple[tuple[str, float, float, float | None, float | None, float | None, str], ...] = (
    ("gpt-5.5", 5.0, 30.0, 0.5, 2.5, 15.0, OPENAI),
    ("gpt-5.4", 2.5, 15.0, 0.25, 1.25, 7.5, OPENAI),
    ("gpt-5.4-mini", 0.75, 4.5, 0.075, 0.375, 2.25, OPENAI),
    ("gpt-5.4-nano", 0.2, 1.25, 0.02, 0.1, 0.625, OPENAI),
    ("gpt-5.1", 1.25, 10.0, 0.125, 0.625, 5.0, OPENAI),
    ("gpt-5", 1.25, 10.0, 0.125, 0.625, 5.0, OPENAI),
    ("gpt-5-mini", 0.25, 2.0, 0.025, 0.125, 1.0, OPENAI),
    ("gpt-5-nano", 0.05, 0.4, 0.005, 0.025, 0.2, OPENAI),
    ("gpt-4.1", 2.0, 8.0, 0.5, 1.0, 4.0, OPENAI),
    ("gpt-4.1-mini", 0.4, 1.6, 0.1, 0.2, 0.8, OPENAI),
    ("gpt-4.1-nano", 0.1, 0.4, 0.025, 0.05, 0.2, OPENAI),
    ("gpt-4o", 2.5, 10.0, 1.25, 1.25, 5.0, OPENAI),
    ("gpt-4o-mini", 0.15, 0.6, 0.075, 0.075, 0.3, OPENAI),
    ("o3", 2.0, 8.0, 0.5, 1.0, 4.0, OPENAI),
    ("o4-mini", 1.1, 4.4, 0.275, 0.55, 2.2, OPENAI),
    ("gpt-4-turbo", 10.0, 30.0, None, None, None, OLD_OPENAI),
    ("gpt-4", 30.0, 60.0, None, None, None, OLD_OPENAI),
    ("gpt-3.5-turbo", 0.5, 1.5, None, None, None, OPENAI),
    ("claude-opus-4-7", 5.0, 25.0, 0.5, 2.5, 12.5, ANTHROPIC),
    ("claude-sonnet-4-6", 3.0, 15.0, 0.3, 1.5, 7.5, ANTHROPIC),
    ("claude-sonnet-4-5", 3.0, 15.0, 0.3, 1.5, 7.5, ANTHROPIC),
    ("claude-haiku-4-5", 1.0, 5.0, 0.1, 0.5, 2.5, ANTHROPIC),
    ("gemini-2.5-pro", 1.25, 10.0, 0.125, 0.625, 5.0, GOOGLE),
    ("gemini-2.5-flash", 0.3, 2.5, 0.03, 0.15, 1.25, GOOGLE),
    ("gemini-2.5-flash-lite", 0.1, 0.4, 0.01, 0.05, 0.2, GOOGLE),
    ("mistral-large-latest", 0.5, 1.5, 0.05, None, None, MISTRAL),
    ("mistral-small-latest", 0.15, 0.6, 0.015, None, None, MISTRAL),
    ("deepseek-chat", 0.28, 0.42, 0.028, None, None, DEEPSEEK),
    ("deepseek-reasoner", 0.28, 0.42, 0.028, None, None, DEEPSEEK),
)


def price_of(model: str) -> Price | None:
    """The listed price of a hosted model, with or without its provider or date, or None.

    >>> price_of("openai/gpt-4o-mini-2024-07-18").tokens_out
    0.6
    >>> price_of("somebody-elses-model") is None
    True
    """
    name = model.rsplit("/", 1)[-1].casefold()
    for known, tokens_in, tokens_out, cached, batch_in, batch_out, source in _ROWS:
        if name == known or _dated(name, known):
            return Price(
                tokens_in, tokens_out, cached, batch_in, batch_out, source=source, read=READ
            )
    return None


def listed_models() -> tuple[str, ...]:
    """The names in the table."""
    return tuple(row[0] for row in _ROWS)


def _dated(name: str, known: str) -> bool:
    """Whether `name` is `known` with a release date: -20250929 or -2024-07-18."""
    tail = name.removeprefix(known + "-")
    return tail != name and len(digits := tail.replace("-", "")) == 8 and digits.isdigit()


def price_for(options: LLMOptions, *, remote: bool) -> Price | None:
    """A candidate's price: its own, else the listed one where the model runs elsewhere."""
    if options.price_in is not None and options.price_out is not None:
        return Price(
            options.price_in, options.price_out, options.price_cached, currency=options.currency
        )
    return price_of(options.model) if remote and options.model else None
