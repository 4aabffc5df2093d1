"""`recipe = "recorded"`: answers already paid for, read from columns of the data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from modicum.candidates.artefact import Parts, read_parts, write_parts
from modicum.candidates.llm_options import nearest
from modicum.candidates.protocol import Answers, Examples, Usage
from modicum.errors import ArtefactError, CandidateError, DataError

NEW = (
    "no answer was recorded for this input: recorded answers are evidence only;"
    " give a candidate that can answer"
)
YES = frozenset({"true", "1", "1.0", "yes", "y", "t", "right", "correct"})
NO = frozenset({"false", "0", "0.0", "no", "n", "f", "wrong", "incorrect"})
BLANK = frozenset({"", "null", "none", "nan", "na", "n/a"})


@dataclass(frozen=True)
class RecordedOptions:
    """Which columns hold what; `answer` or `correct` is needed, the rest is optional.

    answer: the class that was answered.  correct: whether it was right, by any of true, 1, yes.
    tokens_in, tokens_out: counts.  cost: in `currency`.  latency_ms, energy_j: as the names say.
    """

    answer: str | None = None
    correct: str | None = None
    tokens_in: str | None = None
    tokens_out: str | None = None
    cost: str | None = None
    latency_ms: str | None = None
    energy_j: str | None = None
    currency: str = "USD"

    @property
    def columns(self) -> dict[str, str]:
        """Which column each quantity is read from."""
        given = {key: value for key, value in asdict(self).items() if key != "currency"}
        return {key: value for key, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Row:
    """What was recorded for one row of the data."""

    value: str | None
    correct: bool | None
    usage: Usage
    error: str | None = None


class RecordedCandidate:
    """Gives the recorded answers back, by row of the data where the caller has the rows.

    `answer_rows` is exact.  `answer` knows inputs only: an input that was recorded more than once
    is given its recordings in the order of the data, one after the other and then from the first
    again, so that a batch of the same rows gets the same answers.  Only what happens within one
    call counts, which keeps the answer to a batch free of history.
    """

    def __init__(
        self, name: str, options: RecordedOptions, rows: Mapping[str, Sequence[Row]] | None = None
    ) -> None:
        self.name, self.options = name, options
        self._rows = {text: tuple(recorded) for text, recorded in (rows or {}).items()}

    @classmethod
    def from_columns(
        cls,
        inputs: Sequence[str],
        columns: Mapping[str, Sequence[object]],
        options: Mapping[str, object],
        *,
        name: str = "recorded",
    ) -> RecordedCandidate:
        """Read the rows of the data; raises DataError for a missing column or odd value."""
        candidate = cls(name, read_options(options, name=name))
        candidate.remember(inputs, columns)
        return candidate

    @property
    def process_ids(self) -> tuple[int, ...]:
        """None: the work was done before."""
        return ()

    @property
    def remote(self) -> bool:
        """True: it was done elsewhere, and cannot be metered any more."""
        return True

    def remember(self, inputs: Sequence[str], columns: Mapping[str, Sequence[object]]) -> None:
        """Add rows that `answer` shall know, such as those of another split."""
        added: defaultdict[str, list[Row]] = defaultdict(list)
        for text, row in zip(inputs, read_rows(self.name, self.options, columns), strict=True):
            added[text].append(row)
        for text, rows in added.items():
            self._rows[text] = (*self._rows.get(text, ()), *rows)

    def answer_rows(
        self, inputs: Sequence[str], columns: Mapping[str, Sequence[object]]
    ) -> Answers:
        """The answers recorded in these very rows, by position."""
        rows = read_rows(self.name, self.options, columns)
        if len(rows) != len(inputs):
            raise DataError(
                f"candidate {self.name!r} got {len(rows)} recorded rows for {len(inputs)} inputs:"
                " give the columns of the same rows"
            )
        return self._answers(rows)

    def answer(self, batch: Sequence[str]) -> Answers:
        """The answers recorded for these inputs; None with an error for an input never seen."""
        used: defaultdict[str, int] = defaultdict(int)
        rows: list[Row] = []
        for text in batch:
            recorded = self._rows.get(text)
            if not recorded:
                rows.append(Row(None, None, Usage(), NEW))
                continue
            rows.append(recorded[used[text] % len(recorded)])
            used[text] += 1
        return self._answers(rows)

    def _answers(self, rows: Sequence[Row]) -> Answers:
        judged = self.options.correct is not None
        return Answers(
            values=tuple(row.value for row in rows),
            usage=tuple(row.usage for row in rows),
            errors=tuple(row.error for row in rows),
            correct=tuple(row.correct for row in rows) if judged else None,
        )

    def save(self, folder: Path) -> None:
        """Write which columns were read; the recordings themselves are the user's data."""
        write_parts(folder, RecordedRecipe.name, Parts({"options": asdict(self.options)}))

    def close(self) -> None:
        """Nothing is open."""


class RecordedRecipe:
    """Reads the recordings of the fit and tune rows; the judge rows come by `answer_rows`."""

    name = "recorded"

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> RecordedCandidate:
        """Check the columns; raises DataError naming the nearest one where one is missing."""
        candidate = RecordedCandidate(name, read_options(options, name=name))
        for split in (fit, tune):
            if len(split):
                candidate.remember(split.inputs, split.columns)
        return candidate

    def load(self, folder: Path, *, name: str) -> RecordedCandidate:
        """The settings without recordings: every answer says that none was recorded."""
        saved = read_parts(folder, self.name).document.get("options")
        try:
            return RecordedCandidate(
                name, read_options(saved if isinstance(saved, dict) else {}, name=name)
            )
        except CandidateError as error:
            raise ArtefactError(f"{folder} holds no usable settings ({error}): fit again") from None


def read_options(options: Mapping[str, object], *, name: str) -> RecordedOptions:
    """Check the table of candidate `name`; raises CandidateError for its first mistake."""
    known = [field.name for field in fields(RecordedOptions)]
    given: dict[str, str] = {}
    for key, value in options.items():
        if key not in known:
            raise CandidateError(
                f"candidate {name!r} has an unknown option {key!r}: {nearest(key, known)}"
            )
        if value is None:
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
    return RecordedOptions(**given)


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
    counts = {
        key: _number(*cells[key], at) if key in cells else None
        for key in ("tokens_in", "tokens_out", "cost", "latency_ms", "energy_j")
    }
    tokens_in, tokens_out = counts["tokens_in"], counts["tokens_out"]
    usage = Usage(
        tokens_in=None if tokens_in is None else round(tokens_in),
        tokens_out=None if tokens_out is None else round(tokens_out),
        cost=counts["cost"],
        currency=None if counts["cost"] is None else options.currency,
        latency_ms=counts["latency_ms"],
        energy_j=counts["energy_j"],
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
