"""The settings of a `recorded` candidate: which columns of the data hold what, and its prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from modicum.candidates.llm_options import nearest
from modicum.candidates.prices import AMOUNTS, Price
from modicum.errors import CandidateError

_PRICES = tuple(AMOUNTS.values())
_NO_COLUMNS = ("answer", "currency", "batch", *_PRICES)


@dataclass(frozen=True)
class RecordedOptions:
    """Which columns hold what; `answer` or `correct` is needed, the rest is optional.

    answer: what was answered, written as the task's references are; of an extraction also a table
    with the column of each field.  correct: whether it was right, by any of true, 1, yes.
    tokens_in, tokens_out, tokens_cached: counts; the last is the part of `tokens_in` that the
    provider had read before.  cost: in `currency`.  latency_ms, energy_j: as the names say.
    price_in, price_out, price_cached, price_batch_in, price_batch_out: no columns but prices of a
    million tokens, for rows without a cost.  batch: whether to charge those of the slow lane.
    """

    answer: str | dict[str, str] | None = None
    correct: str | None = None
    tokens_in: str | None = None
    tokens_out: str | None = None
    tokens_cached: str | None = None
    cost: str | None = None
    latency_ms: str | None = None
    energy_j: str | None = None
    currency: str = "USD"
    price_in: float | None = None
    price_out: float | None = None
    price_cached: float | None = None
    price_batch_in: float | None = None
    price_batch_out: float | None = None
    batch: bool = False

    @property
    def columns(self) -> dict[str, str]:
        """Which column each quantity is read from."""
        given = {key: value for key, value in asdict(self).items() if key not in _NO_COLUMNS}
        return self.answers | {key: value for key, value in given.items() if value is not None}

    @property
    def answers(self) -> dict[str, str]:
        """The columns of the answer: one, or one of each field, by `field_key`."""
        if isinstance(self.answer, dict):
            return {field_key(name): column for name, column in self.answer.items()}
        return {} if self.answer is None else {"answer": self.answer}

    def charge(self, counts: Mapping[str, float | None]) -> float | None:
        """The recorded cost, else what the tokens cost at the prices given; None where unknown."""
        tokens_in, tokens_out = counts["tokens_in"], counts["tokens_out"]
        price, cached = self._price, counts.get("tokens_cached") or 0.0
        if counts["cost"] is not None or price is None:
            return counts["cost"]
        if tokens_in is None or tokens_out is None:
            return None
        return price.cost(round(tokens_in), round(tokens_out), round(cached))

    @property
    def _price(self) -> Price | None:
        own = {name: getattr(self, key) for name, key in AMOUNTS.items()}
        if own["tokens_in"] is None:
            return None
        price = Price(**own, currency=self.currency)
        return price.batch if self.batch else price


def field_key(name: str) -> str:
    """What the column of one field's answers goes by."""
    return f"answer.{name}"


def read_options(options: Mapping[str, object], *, name: str) -> RecordedOptions:
    """Check the table of candidate `name`; raises CandidateError for its first mistake."""
    known = [field.name for field in fields(RecordedOptions)]
    given: dict[str, Any] = {}
    for key, value in options.items():
        if key not in known:
            raise CandidateError(
                f"candidate {name!r} has an unknown option {key!r}: {nearest(key, known)}"
            )
        if value is None:
            continue
        if key in _PRICES:
            given[key] = _price(name, key, value)
            continue
        if key == "batch":
            if not isinstance(value, bool):
                raise CandidateError(
                    f"candidate {name!r}: batch is {value!r:.60}: write true, or leave it out"
                )
            given[key] = value
            continue
        if key == "answer" and _is_table(value):
            given[key] = value
            continue
        if not isinstance(value, str) or not value:
            raise CandidateError(
                f"candidate {name!r}: {key} must name a column, got {value!r:.60}: write its name"
            )
        given[key] = value
    if "answer" not in given and "correct" not in given:
        raise CandidateError(
            f"candidate {name!r} names no recorded answers:"
            " give answer = COLUMN, or correct = COLUMN"
        )
    _check_prices(name, given)
    if "price_in" in given and not {"tokens_in", "tokens_out"} <= given.keys():
        raise CandidateError(
            f"candidate {name!r} has prices and no tokens: give tokens_in and tokens_out,"
            " the columns with the counts"
        )
    return RecordedOptions(**given)


def _is_table(value: object) -> bool:
    """Whether it names a column for each of some fields."""
    return (
        isinstance(value, dict)
        and len(value) > 0
        and all(isinstance(column, str) and column for column in value.values())
    )


def _check_prices(name: str, given: Mapping[str, object]) -> None:
    """Raise CandidateError for a price without the one that belongs to it."""
    for one, other in (("price_in", "price_out"), ("price_batch_in", "price_batch_out")):
        if (one in given) != (other in given):
            raise CandidateError(f"candidate {name!r}: give {one} and {other} together")
    alone = [key for key in _PRICES if key in given and "price_in" not in given]
    if alone:
        raise CandidateError(
            f"candidate {name!r} has {alone[0]} and no price_in: the plain prices say what the "
            "rest of the tokens cost; give price_in and price_out too"
        )
    if given.get("batch") and "price_batch_in" not in given:
        raise CandidateError(
            f"candidate {name!r} is to be charged the slow lane's prices: give price_batch_in and "
            "price_batch_out, or leave batch out"
        )
    if "price_cached" in given and "tokens_cached" not in given:
        raise CandidateError(
            f"candidate {name!r} has price_cached and no tokens_cached: name the column that "
            "counts the input tokens read before"
        )


def _price(name: str, key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
        raise CandidateError(
            f"candidate {name!r}: {key} is the price of a million tokens, got {value!r:.60}:"
            " write a number, 0 or more"
        )
    return float(value)
