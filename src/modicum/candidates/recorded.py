"""`recipe = "recorded"`: answers already paid for, read from columns of the data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from modicum.candidates.artefact import Parts, read_parts, write_parts
from modicum.candidates.protocol import Answers, Examples, Usage
from modicum.candidates.recorded_options import RecordedOptions, read_options
from modicum.candidates.recorded_rows import Row, read_rows
from modicum.errors import ArtefactError, CandidateError, DataError
from modicum.tasks.spec import TaskSection

NEW = (
    "no answer was recorded for this input: recorded answers are evidence only;"
    " give a candidate that can answer"
)


class RecordedCandidate:
    """Gives the recorded answers back, by row of the data where the caller has the rows.

    `answer_rows` is exact.  `answer` knows inputs only: an input that was recorded more than once
    is given its recordings in the order of the data, one after the other and then from the first
    again, so that a batch of the same rows gets the same answers.  Only what happens within one
    call counts, which keeps the answer to a batch free of history.  `section` tells how the answers
    are written: as the references of the task are; without it they are classes.
    """

    def __init__(
        self, name: str, options: RecordedOptions, section: TaskSection | None = None
    ) -> None:
        self.name, self.options, self.section = name, options, section
        self._rows: dict[str, tuple[Row, ...]] = {}

    @classmethod
    def from_columns(
        cls,
        inputs: Sequence[str],
        columns: Mapping[str, Sequence[object]],
        options: Mapping[str, object],
        *,
        name: str = "recorded",
        section: TaskSection | None = None,
    ) -> RecordedCandidate:
        """Read the rows of the data; raises DataError for a missing column or odd value."""
        candidate = cls(name, read_options(options, name=name), section)
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
        for text, row in zip(inputs, self._read(columns), strict=True):
            added[text].append(row)
        for text, rows in added.items():
            self._rows[text] = (*self._rows.get(text, ()), *rows)

    def _read(self, columns: Mapping[str, Sequence[object]]) -> list[Row]:
        return read_rows(self.name, self.options, columns, self.section)

    def answer_rows(
        self, inputs: Sequence[str], columns: Mapping[str, Sequence[object]]
    ) -> Answers:
        """The answers recorded in these very rows, by position."""
        rows = self._read(columns)
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
        section = None if self.section is None else self.section.model_dump(mode="json")
        document: dict[str, object] = {"options": asdict(self.options), "task": section}
        write_parts(folder, RecordedRecipe.name, Parts(document))

    def close(self) -> None:
        """Nothing is open."""


class RecordedRecipe:
    """Reads the recordings of the fit and tune rows; the judge rows come by `answer_rows`."""

    name = "recorded"

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> RecordedCandidate:
        """Check the columns; raises DataError naming the nearest one where one is missing."""
        candidate = RecordedCandidate(name, read_options(options, name=name), fit.section)
        for split in (fit, tune):
            if len(split):
                candidate.remember(split.inputs, split.columns)
        return candidate

    def load(self, folder: Path, *, name: str) -> RecordedCandidate:
        """The settings without recordings: every answer says that none was recorded."""
        saved = read_parts(folder, self.name).document
        options, task = saved.get("options"), saved.get("task")
        try:
            return RecordedCandidate(
                name,
                read_options(options if isinstance(options, dict) else {}, name=name),
                None if task is None else TaskSection.model_validate(task),
            )
        except (CandidateError, ValueError) as error:
            raise ArtefactError(f"{folder} holds no usable settings ({error}): fit again") from None
