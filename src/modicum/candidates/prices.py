"""What hosted models cost per million tokens: a dated table, after a candidate's own prices.

Prices are list prices without tax, discounts or regional surcharges, and they change often: each
row of `data/prices.csv` tells where and when it was read, and a candidate's own prices override it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from modicum.candidates.dated_table import dated_rows, shipped
from modicum.errors import DataError

if TYPE_CHECKING:
    from modicum.candidates.llm_options import LLMOptions

AMOUNTS = {
    "tokens_in": "price_in",
    "tokens_out": "price_out",
    "cached": "price_cached",
    "batch_in": "price_batch_in",
    "batch_out": "price_batch_out",
}
"""What a row of the table calls an amount, and what a candidate's table does."""
COLLECTED = "as collected in LiteLLM 1.109.1 model_prices_and_context_window (MIT)"


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

    @property
    def batch(self) -> Price | None:
        """That of the slow lane, where input read before costs no less; None where there is none.

        >>> Price(2.0, 8.0, cached=0.5, batch_in=1.0, batch_out=4.0).batch.cost(1000, 0, 1000)
        0.001
        """
        if self.batch_in is None or self.batch_out is None:
            return None
        return replace(self, tokens_in=self.batch_in, tokens_out=self.batch_out, cached=None)

    def cost(self, tokens_in: int, tokens_out: int, tokens_cached: int = 0) -> float:
        """Of one request; `tokens_cached` are part of `tokens_in`.

        >>> round(Price(2.0, 8.0, cached=0.5).cost(1000, 10, tokens_cached=800), 8)
        0.00088
        """
        old = min(tokens_cached, tokens_in) if self.cached is not None else 0
        paid = (tokens_in - old) * self.tokens_in + tokens_out * self.tokens_out
        return (paid + old * (self.cached or 0.0)) / 1e6


@cache
def _listed() -> dict[str, Price]:
    return read_prices(shipped("prices.csv"))


def read_prices(text: str) -> dict[str, Price]:
    """Prices by model; raises DataError for a row that is no dated price with its link."""
    columns = ("model", *AMOUNTS, "currency", "source", "read")
    rows = dated_rows(text, columns, "prices.csv")
    return {row["model"]: _read(row) for row in rows}


def _read(row: dict[str, str]) -> Price:
    """A row of the table; an empty cell is a price that the provider does not offer."""
    found = {name: _amount(row, name) for name in AMOUNTS}
    if found["tokens_in"] is None or found["tokens_out"] is None:
        raise DataError(f"{row['model']!r} in prices.csv: give tokens_in and tokens_out")
    if not re.fullmatch("[A-Z]{3}", row["currency"]):
        raise DataError(
            f"{row['model']!r} in prices.csv is in {row['currency']!r}: give a currency such as USD"
        )
    told = {"currency": row["currency"], "read": row["read"]}
    return Price(**found, **told, source=f"{row['source']}, {COLLECTED}")  # type: ignore[arg-type]


def _amount(row: dict[str, str], name: str) -> float | None:
    if not row[name]:
        return None
    try:
        amount = float(row[name])
    except ValueError:
        amount = math.nan
    if not 0 <= amount < math.inf:
        raise DataError(
            f"{row['model']!r} in prices.csv has {row[name]!r} as {name}: give a price of a "
            "million tokens, or leave the cell empty where there is none"
        )
    return amount


def price_of(model: str) -> Price | None:
    """The listed price of a hosted model, with or without its provider or date, or None.

    >>> price_of("openai/gpt-4o-mini-2024-07-18").tokens_out
    0.6
    >>> price_of("somebody-elses-model") is None
    True
    """
    name = model.rsplit("/", 1)[-1].casefold()
    found = (price for known, price in _listed().items() if name == known or _dated(name, known))
    return next(found, None)


def listed_models() -> tuple[str, ...]:
    """The names in the table."""
    return tuple(_listed())


def _dated(name: str, known: str) -> bool:
    """Whether `name` is `known` with a release date: -20250929 or -2024-07-18."""
    tail = name.removeprefix(known + "-")
    return tail != name and len(digits := tail.replace("-", "")) == 8 and digits.isdigit()


def price_for(options: LLMOptions, *, remote: bool) -> Price | None:
    """A candidate's price: the listed one where the model runs elsewhere, overlaid with its own.

    Its own input and output prices come together and leave nothing of the listed price.  With
    `batch` it is that of the provider's slow lane; None where no such price is known.
    """
    own = {name: getattr(options, option) for name, option in AMOUNTS.items()}
    own = {name: amount for name, amount in own.items() if amount is not None}
    if "tokens_in" in own:
        price: Price | None = Price(**own, currency=options.currency)
    else:
        price = price_of(options.model) if remote and options.model else None
        if price is not None and own:
            price = replace(
                price, **own, source=f"{price.source}, {', '.join(own)} the candidate's"
            )
    return price.batch if price is not None and options.batch else price
