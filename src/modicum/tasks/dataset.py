"""The rows of a task, checked: inputs that are texts, references that are classes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from modicum.errors import DataError
from modicum.tasks.answer_cells import is_null
from modicum.tasks.answers import read_labels, write_parts
from modicum.tasks.load import Task
from modicum.tasks.references import check_classes, read_references, shown_rows
from modicum.tasks.table import Table, missing_column, read_tables
from modicum.tasks.text import normalise


@dataclass(frozen=True)
class Dataset:
    """Checked rows.

    inputs, references: one text each per row (see `answers` for those with parts).  classes:
        sorted; none where answers are written.  columns: every column of the data.
    alternatives: further right answers of each row, where any has some.
    rationales: why each row's answer is right, "" where nobody said; None where nobody did.
    is_judge: True for rows of the files the task sets aside as judge, None where it names none.
    notes: what was found and done, one sentence each, for the report.
    """

    inputs: tuple[str, ...]
    references: tuple[str, ...]
    classes: tuple[str, ...]
    columns: dict[str, tuple[object, ...]]
    is_judge: tuple[bool, ...] | None
    notes: tuple[str, ...]
    alternatives: tuple[tuple[str, ...], ...] | None = None
    multi_label: bool = False
    rationales: tuple[str, ...] | None = None

    def classes_of(self, row: int) -> tuple[str, ...]:
        """The classes that a row teaches; none where answers are no classes."""
        if self.multi_label:
            return tuple(read_labels(self.references[row]) or ())
        return (self.references[row],) if self.classes else ()

    def __len__(self) -> int:
        return len(self.inputs)

    def fingerprint(self) -> str:
        """SHA-256 of inputs, references and any rationales in order, each framed by its length."""
        digest = sha256()
        for text in (*self.inputs, *self.references, *(self.rationales or ())):
            raw = text.encode("utf-8", "surrogatepass")
            digest.update(f"{len(raw)}:".encode())
            digest.update(raw)
        return digest.hexdigest()

    def fingerprint_of(self, rows: Sequence[int]) -> str:
        """SHA-256 of some rows, in no particular order: the same examples, the same print."""
        pairs = sorted((self.inputs[i], self.references[i]) for i in rows)
        return sha256(repr(pairs).encode("utf-8", "surrogatepass")).hexdigest()


def load_dataset(task: Task) -> Dataset:
    """Read and check the rows of a task; raises DataError with the rows and the cure.

    Where a candidate is to give the references, rows without one have "" for it.
    """
    files = (*task.data_files, *task.judge_files)
    section = task.spec.task
    table = read_tables(files, section.encoding)
    inputs = _inputs(table, section.parts)
    found = read_references(table, section, unlabelled=task.spec.adequate.labelled_by is not None)
    _check_columns(task, table)
    if section.form == "classify":
        check_classes(found.texts, section)
    judge = _from_judge_files(task, table)
    notes = _conflict_notes(inputs, found.texts)
    columns = {name: tuple(cells) for name, cells in table.columns.items()}
    return Dataset(
        inputs,
        found.texts,
        found.classes,
        columns,
        judge,
        notes,
        found.alternatives,
        section.multi_label,
        tuple(_texts(table, section.rationale, filled=False)) if section.rationale else None,
    )


def _from_judge_files(task: Task, table: Table) -> tuple[bool, ...] | None:
    if not task.judge_files:
        return None
    data, judge = ({p.resolve() for p in f} for f in (task.data_files, task.judge_files))
    both = sorted(str(path.name) for path in data & judge)
    if both:
        raise DataError(f"{both[0]} is both data and judge: a row can be in one split only")
    encoding = task.spec.task.encoding
    rows_of = [len(read_tables([p], encoding)) for p in (*task.data_files, *task.judge_files)]
    first = sum(rows_of[: len(task.data_files)])
    return tuple(row >= first for row in range(len(table)))


def _check_columns(task: Task, table: Table) -> None:
    named = [*task.spec.task.slices, task.spec.split.time, task.spec.split.group]
    for name in named:
        if name is None:
            continue
        empty = [i for i, cell in enumerate(table.column(name)) if is_null(cell)]
        if empty:
            raise DataError(
                f"{len(empty)} rows have no {name!r}, the first at {shown_rows(table, empty)}: "
                "fill them in or remove them"
            )


def _inputs(table: Table, names: Sequence[str]) -> tuple[str, ...]:
    columns = [_texts(table, name, filled=at == 0) for at, name in enumerate(names)]
    if len(columns) == 1:
        return tuple(columns[0])
    return tuple(write_parts(names, row) for row in zip(*columns, strict=True))


def _texts(table: Table, name: str, *, filled: bool) -> list[str]:
    cells = table.column(name)
    null = [i for i, cell in enumerate(cells) if is_null(cell)] if filled else []
    other = [i for i, cell in enumerate(cells) if not is_null(cell) and not isinstance(cell, str)]
    cell = "an input" if filled else "a cell"
    for rows, what in ((null, "an empty input"), (other, f"{cell} that is not text")):
        if rows:
            raise DataError(
                f"{len(rows)} rows have {what} in column {name!r}, the first at "
                f"{shown_rows(table, rows)}: fill them in or remove them"
            )
    return ["" if is_null(cell) else cell for cell in cells]


def _conflict_notes(inputs: Sequence[str], references: Sequence[str]) -> tuple[str, ...]:
    labels: defaultdict[str, set[str]] = defaultdict(set)
    times: Counter[str] = Counter()
    for text, reference in zip(inputs, references, strict=True):
        key = normalise(text)
        labels[key].add(reference)
        times[key] += 1
    notes = []
    repeated = sum(count - 1 for count in times.values())
    if repeated:
        notes.append(
            f"{repeated} of {len(inputs)} rows repeat an earlier input; they are kept, stay in one "
            "split, and count as one cluster when judged"
        )
    clashing = [key for key, found in labels.items() if len(found) > 1]
    if clashing:
        rows = sum(times[key] for key in clashing)
        notes.append(
            f"{len(clashing)} inputs ({rows} rows) carry different references; all rows are kept "
            "as they are, so no candidate can be right on every one of them"
        )
    return tuple(notes)


def column_of(dataset: Dataset, name: str) -> tuple[object, ...]:
    """A column by name; raises DataError naming the nearest."""
    if name not in dataset.columns:
        raise DataError(missing_column(name, {n: [] for n in dataset.columns}))
    return dataset.columns[name]
