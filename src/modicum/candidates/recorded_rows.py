"""What the columns of a `recorded` candidate hold, checked and parsed row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modicum.candidates.llm_options import nearest
from modicum.candidates.protocol import Usage
from modicum.candidates.recorded_options import RecordedOptions, field_key
from modicum.errors import CandidateError, DataError
from modicum.tasks.answer_cells import fields_text, read_answer
from modicum.tasks.spec import TaskSection

YES = frozenset({"true", "1", "1.0", "yes", "y", "t", "right", "correct"})
NO = frozenset({"false", "0", "0.0", "no", "n", "f", "wrong", "incorrect"})
BLANK = frozenset({"", "null", "none", "nan", "na", "n/a"})
_NUMBERS = ("tokens_in", "tokens_out", "tokens_cached", "cost", "latency_ms", "energy_j")
_NOTHING = "row {} has no recorded answer"

Cells = Mapping[str, tuple[str, object]]


@dataclass(frozen=True, slots=True)
class Row:
    """What was recorded for one row of the data."""

    value: str | None
    correct: bool | None
    usage: Usage
    error: str | None = None


def read_rows(
    name: str,
    options: RecordedOptions,
    columns: Mapping[str, Sequence[object]],
    section: TaskSection | None = None,
) -> list[Row]:
    """Parse every row; raises DataError for a missing column or an unreadable value.

    section: tells how an answer is written; without it answers are classes.  An answer that is
    not written so is no answer, as it would be of any other candidate.
    """
    named = options.columns
    _check_fields(name, options, section)
    for key, column in named.items():
        if column not in columns:
            raise DataError(
                f"candidate {name!r}: there is no column {column!r} for {key}:"
                f" {nearest(column, list(columns))}"
            )
    count = len(columns[next(iter(named.values()))])
    return [
        _row(
            options,
            {key: (column, columns[column][at]) for key, column in named.items()},
            at,
            section,
        )
        for at in range(count)
    ]


def _check_fields(name: str, options: RecordedOptions, section: TaskSection | None) -> None:
    """Raise CandidateError for answers by field that are not of this task's fields."""
    if not isinstance(options.answer, dict):
        return
    known = section.fields if section else []
    if strange := sorted(set(options.answer) - set(known)):
        raise CandidateError(
            f"candidate {name!r} has answers of a field {strange[0]!r}: "
            f"{nearest(strange[0], known)}"
        )


def _row(options: RecordedOptions, cells: Cells, at: int, section: TaskSection | None) -> Row:
    value, error = _answer(options, cells, at, section)
    right = _truth(*cells["correct"], at) if "correct" in cells else None
    if options.answer is None:
        error = _NOTHING.format(at + 1) if right is None else None
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
    return Row(value, right, usage, error)


def _answer(
    options: RecordedOptions, cells: Cells, at: int, section: TaskSection | None
) -> tuple[str | None, str | None]:
    """The answer in one row, or why there is none."""
    if isinstance(options.answer, dict) and section is not None:
        found = {name: cells[field_key(name)][1] for name in options.answer}
        return fields_text(found, section), None
    if options.answer is None:
        return None, None
    column, cell = cells["answer"]
    try:
        value = read_answer(cell, section)
    except DataError as error:
        return None, f"row {at + 1} has no such answer in column {column!r}: {error}"
    return value, _NOTHING.format(at + 1) if value is None else None


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
