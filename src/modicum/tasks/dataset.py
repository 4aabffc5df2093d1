"""The rows of a task, checked: inputs that are texts, references that are classes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from modicum.errors import DataError
from modicum.tasks.load import Task
from modicum.tasks.table import Table, missing_column, read_tables
from modicum.tasks.text import normalise

_SHOWN = 5


@dataclass(frozen=True)
class Dataset:
    """Checked rows.

    inputs, references: one text each per row.  classes: sorted.  columns: every column of the data.
    is_judge: True for rows of the files the task sets aside as judge, None where it names none.
    notes: what was found and done, one sentence each, for the report.
    """

    inputs: tuple[str, ...]
    references: tuple[str, ...]
    classes: tuple[str, ...]
    columns: dict[str, tuple[object, ...]]
    is_judge: tuple[bool, ...] | None
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.inputs)

    def fingerprint(self) -> str:
        """SHA-256 of inputs and references in order, each framed by its length."""
        digest = sha256()
        for text in (*self.inputs, *self.references):
            raw = text.encode("utf-8", "surrogatepass")
            digest.update(f"{len(raw)}:".encode())
            digest.update(raw)
        return digest.hexdigest()

    def fingerprint_of(self, rows: Sequence[int]) -> str:
        """SHA-256 of some rows, in no particular order: the same examples, the same print."""
        pairs = sorted((self.inputs[i], self.references[i]) for i in rows)
        return sha256(repr(pairs).encode("utf-8", "surrogatepass")).hexdigest()


def load_dataset(task: Task) -> Dataset:
    """Read and check the rows of a task; raises DataError with the rows and the cure."""
    files = (*task.data_files, *task.judge_files)
    table = read_tables(files)
    section = task.spec.task
    inputs = _inputs(table, section.input)
    references = _references(table, section.reference)
    _check_columns(task, table)
    _check_classes(references, section.min_examples)
    judge = _from_judge_files(task, table)
    notes = _conflict_notes(inputs, references)
    columns = {name: tuple(cells) for name, cells in table.columns.items()}
    classes = tuple(sorted(set(references)))
    return Dataset(inputs, references, classes, columns, judge, notes)


def _from_judge_files(task: Task, table: Table) -> tuple[bool, ...] | None:
    if not task.judge_files:
        return None
    data, judge = ({p.resolve() for p in f} for f in (task.data_files, task.judge_files))
    both = sorted(str(path.name) for path in data & judge)
    if both:
        raise DataError(f"{both[0]} is both data and judge: a row can be in one split only")
    rows_of = [len(read_tables([p])) for p in (*task.data_files, *task.judge_files)]
    first = sum(rows_of[: len(task.data_files)])
    return tuple(row >= first for row in range(len(table)))


def _check_columns(task: Task, table: Table) -> None:
    named = [*task.spec.task.slices, task.spec.split.time, task.spec.split.group]
    for name in named:
        if name is None:
            continue
        empty = [i for i, cell in enumerate(table.column(name)) if _is_null(cell)]
        if empty:
            raise DataError(
                f"{len(empty)} rows have no {name!r}, the first at {_rows(table, empty)}: "
                "fill them in or remove them"
            )


def _inputs(table: Table, name: str) -> tuple[str, ...]:
    cells = table.column(name)
    null = [i for i, cell in enumerate(cells) if _is_null(cell)]
    other = [i for i, cell in enumerate(cells) if not _is_null(cell) and not isinstance(cell, str)]
    for rows, what in ((null, "an empty input"), (other, "an input that is not text")):
        if rows:
            raise DataError(
                f"{len(rows)} rows have {what} in column {name!r}, the first at "
                f"{_rows(table, rows)}: fill them in or remove them"
            )
    return tuple(cells)


def _references(table: Table, name: str) -> tuple[str, ...]:
    cells = table.column(name)
    null = [i for i, cell in enumerate(cells) if _is_null(cell)]
    if null:
        raise DataError(
            f"{len(null)} rows have no reference in column {name!r}, the first at "
            f"{_rows(table, null)}: label them or remove them"
        )
    odd = [i for i, cell in enumerate(cells) if not isinstance(cell, str | int | bool)]
    if odd:
        raise DataError(
            f"{len(odd)} references in column {name!r} are not a class name, the first at "
            f"{_rows(table, odd)}: a text or a whole number was wanted"
        )
    return tuple(str(cell).strip() for cell in cells)


def _is_null(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip()) or cell != cell


def _rows(table: Table, rows: Sequence[int]) -> str:
    shown = ", ".join(f"{table.origins[i][0]} line {table.origins[i][1]}" for i in rows[:_SHOWN])
    return shown + (", ..." if len(rows) > _SHOWN else "")


def _check_classes(references: Sequence[str], min_examples: int) -> None:
    counts = Counter(references)
    if len(counts) < 2:
        only = next(iter(counts))
        raise DataError(
            f"every reference is {only!r}: a task to classify needs at least two classes"
        )
    rare = sorted(name for name, count in counts.items() if count < min_examples)
    if rare:
        fewest = min(counts.values())
        more = f" and {len(rare) - 1} more classes" if len(rare) > 1 else ""
        raise DataError(
            f"class {rare[0]!r}{more} has only {counts[rare[0]]} of the {min_examples} examples "
            f"that each class needs: add some, or accept it with min_examples = {fewest} "
            "under [task]"
        )


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
