"""What the columns of a `recorded` candidate hold, checked and parsed row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from modicum.candidates.llm_options import nearest
from modicum.candidates.prices import AMOUNTS, Price
from modicum.candidates.protocol import Usage
from modicum.errors import CandidateError, DataError

YES = frozenset({"true", "1", "1.0", "yes", "y", "t", "right", "correct"})
NO = frozenset({"false", "0", "0.0", "no", "n", "f", "wrong", "incorrect"})
_PRICES = tuple(AMOUNTS.values())
_NO_COLUMNS = ("currency", "batch", *_PRICES)
_NUMBERS = ("tokens_in", "tokens_out", "tokens_cached", "cost", "latency_ms", "energy_j")
BLANK = frozenset({"", "null", "none", "nan", "na", "n/a"})


@dataclass(frozen=True)
class RecordedOptions:
    """Which columns hold what; `answer` or `correct` is needed, the rest is optional.

    answer: the class that was answered.  correct: whether it was right, by any of true, 1, yes.
    tokens_in, tokens_out, tokens_cached: counts; the last is the part of `tokens_in` that the
    provider had read before.  cost: in `currency`.  latency_ms, energy_j: as the names say.
    price_in, price_out, price_cached, price_batch_in, price_batch_out: no columns but prices of a
    million tokens, for rows without a cost.  batch: whether to charge those of the slow lane.
    """

    answer: str | None = None
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
        return {key: value for key, value in given.items() if value is not None}

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


@dataclass(frozen=True, slots=True)
class Row:
    """What was recorded for one row of the data."""

    value: str | None
    correct: bool | None
    usage: Usage
    error: str | None = None


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


def read_rows(
    name: str, options: RecordedOptions, columns: Mapping[str, Sequence[object]]
) -> list[Row]:
    """Parse every row; raises DataError for a missing column or an unreadable value."""
    named = options.columns
    for key, column in named.items():
        if column not in columns:
            raise DataError(
                f"candidate {name!r}: there is no column {column!r} for {key}:"
                f" {nearest(column, list(columns))}"
            )
    count = len(columns[next(iter(named.values()))])
    return [
        _row(options, {key: (column, columns[column][at]) for key, column in named.items()}, at)
        for at in range(count)
    ]


def _row(options: RecordedOptions, cells: Mapping[str, tuple[str, object]], at: int) -> Row:
    value = _text(cells["answer"][1]) if "answer" in cells else None
    right = _truth(*cells["correct"], at) if "correct" in cells else None
    missing = value is None if "answer" in cells else right is None
    counts = {key: _number(*cells[key], at) if key in cells else None for key in _NUMBERS}
    tokens_in, tokens_out = counts["tokens_in"], counts["tokens_out"]
    tokens_cached = counts["tokens_cached"]
    cost = options.charge(counts)
    usage = Usage(
        tokens_in=None if tokens_in is None else round(tokens_in),
        tokens_out=None if tokens_out is None else round(tokens_out),
        cost=cost,
        currency=None if cost is None else options.currency,
        latency_ms=counts["latency_ms"],
        energy_j=counts["energy_j"],
        tokens_cached=None if tokens_cached is None else round(tokens_cached),
    )
    return Row(value, right, usage, f"row {at + 1} has no recorded answer" if missing else None)


def _text(cell: object) -> str | None:
    text = "" if cell is None else str(cell).strip()
    return None if text.casefold() in BLANK else text


def _truth(column: str, cell: object, at: int) -> bool | None:
    """Whether a recorded answer was right.

    >>> [_truth("ok", cell, 0) for cell in ("Yes", 0, 1.0, False, "")]
    [True, False, True, False, None]
    """
    text = "" if cell is None else str(cell).strip().casefold()
    if text in BLANK:
        return None
    if text in YES or text in NO:
        return text in YES
    raise DataError(
        f"column {column!r} holds {cell!r:.40} in row {at + 1}:"
        " write true or false, 1 or 0, yes or no"
    )


def _number(column: str, cell: object, at: int) -> float | None:
    text = "" if cell is None else str(cell).strip()
    if text.casefold() in BLANK:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 <= value < float("inf"):
        raise DataError(
            f"column {column!r} holds {cell!r:.40} in row {at + 1}: write a number, 0 or more"
        )
    return value
