"""Which examples to label first after an undecided race, and the labels' way back to `size`."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from modicum.errors import DataError, StorageError, TaskError

if TYPE_CHECKING:
    from modicum.study.label_first import Worth
    from modicum.tasks import Task


def list_to_label(
    task: Path, unlabelled: Path, out: Path | None, to: Path | None, *, as_json: bool
) -> None:
    """Print which inputs of the pool to label first, and write them to `to`."""
    from modicum.tasks.load import load_task

    found, inputs = _worth(load_task(task), unlabelled, out)
    if to is not None:
        _write_labels(found, inputs, to)
    if as_json:
        typer.echo(json.dumps(_label_plain(found), indent=2))
        return
    for line in _label_lines(found, to):
        typer.echo(line)
    if to is not None:
        typer.echo("Once labelled, the same command makes the judge file of it, with")
        typer.echo(f"  --labelled {to} --to judge.csv")


def judge_file(
    task: Path, unlabelled: Path, labelled: Path, out: Path | None, to: Path | None
) -> None:
    """Write the judge file that a labelled list gives, for `[split] judge`."""
    from modicum.study.agreed import PERSON, check_metric, judge_rows
    from modicum.tasks.load import load_task

    if to is None:
        raise TaskError("--labelled makes a judge file: say where with --to judge.csv")
    loaded = load_task(task)
    check_metric(loaded.spec.task)
    found, inputs = _worth(loaded, unlabelled, out)
    rows = judge_rows(found, _labels(labelled))
    columns = _columns(loaded, unlabelled, inputs)
    reference = loaded.spec.task.reference or "label"
    lines = (
        [*(columns[name][row.example] for name in columns), row.label, row.label_from]
        for row in rows
    )
    _write(to, [*columns, reference, "label_from"], lines)
    people = sum(row.label_from == PERSON for row in rows)
    typer.echo(
        f"Wrote {to}: {len(rows)} judge examples, {people} by the labels given, the others by "
        f"agreement with {found.reference}."
    )
    typer.echo(f"Name it in {task}, and size again; the old judge rows then join fit and tune:")
    typer.echo(f'  [adequate]\n  reference = "{found.reference}"')
    place = Path(os.path.relpath(to, loaded.folder)).as_posix()
    typer.echo(f'  [split]\n  judge = "{place}"')


def _worth(task: Task, unlabelled: Path, out: Path | None) -> tuple[Worth, list[str]]:
    from modicum.cli.predict import TABLES, read_inputs
    from modicum.cli.size import RUNS
    from modicum.decision.document import read_decision
    from modicum.study.label_first import worth_labelling

    section, folder = task.spec.task, out or RUNS / task.name
    table = unlabelled.suffix.lower() in TABLES and len(section.parts) == 1
    column = section.parts[0] if table else None
    inputs = list(read_inputs(unlabelled, column, list(section.parts)))
    if not inputs:
        raise DataError(f"{unlabelled} holds no inputs: give one a line, or a table")
    decision = read_decision(folder)
    return worth_labelling(decision, folder, inputs, task.spec.split.seed), inputs


def _labels(path: Path) -> list[tuple[int, str]]:
    """(pool example from 0, label) of each row of a labelled list."""
    from modicum.tasks.table import read_table

    table = read_table(path)
    rows, labels = table.column("row"), table.column("label")
    try:
        return [
            (int(row) - 1, "" if label is None else str(label))
            for row, label in zip(rows, labels, strict=True)
        ]
    except ValueError as error:
        raise DataError(f"{path} has a row number that is none ({error}): keep them") from None


def _columns(task: Task, unlabelled: Path, inputs: Sequence[str]) -> dict[str, Sequence[object]]:
    """Of a table all columns but the reference's; of plain lines the input alone."""
    from modicum.cli.predict import TABLES
    from modicum.tasks.table import read_table

    section, taken = task.spec.task, {task.spec.task.reference, "label_from"}
    if unlabelled.suffix.lower() in TABLES:
        table = read_table(unlabelled)
        columns = {n: cells for n, cells in table.columns.items() if n not in taken}
    else:
        columns = {section.parts[0]: list(inputs)}
    absent = [n for n in (*section.parts, *section.slices) if n not in columns]
    if absent:
        raise DataError(f"{unlabelled} has no column {absent[0]!r}, which the task needs: add it")
    return dict(columns)


def _label_plain(found: Worth) -> dict[str, object]:
    return {
        "unlabelled": found.first.pool,
        "label_first": found.first.rows,
        "covered": found.first.covered,
        "differs": dict(found.differs),
        "more_examples": dict(found.more),
        "labels": None if found.wanted is None else found.first.labels_for(found.wanted),
        "left_out": dict(found.left_out),
    }


def _label_lines(found: Worth, to: Path | None) -> Iterator[str]:
    """For people, at most 80 columns but for names."""
    first, wanted = found.first, found.wanted
    for name, share in found.differs.items():
        more = found.more[name]
        need = "looks too bad to prove" if more is None else f"about {more} more examples decide it"
        yield f"{name}: differs from {found.reference} on {share:.1%}; {need}"
    for name, reason in found.left_out.items():
        yield f"{name}: not asked; {reason}"
    count = len(first.rows)
    yield f"Label {count} of the {first.pool} examples at most: on the others all agree,"
    yield "so the difference there is 0, whatever the right answer is."
    if wanted is not None:
        labels = first.labels_for(wanted)
        yield (
            f"The first {labels} labels make {wanted} examples count: label all of those, no fewer."
            if labels is not None
            else f"That is fewer than the {wanted} wanted: find {wanted - first.pool} more."
        )
    if to is not None:
        yield f"Wrote {to}: label from the top, and leave none out."
    else:
        shown = ", ".join(str(row + 1) for row in first.rows[:10])
        yield f"In this order (rows of the file, from 1): {shown}{' ...' if count > 10 else ''}"


def _write_labels(found: Worth, inputs: Sequence[str], to: Path) -> None:
    """row (from 1), covered, input, label (empty); the answers are not shown, to sway nobody."""
    rows = zip(found.first.rows, found.first.covered, strict=True)
    lines = ([row + 1, covered, inputs[row], ""] for row, covered in rows)
    _write(to, ["row", "covered", "input", "label"], lines)


def _write(to: Path, header: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    try:
        with to.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(lines)
    except OSError as error:
        raise StorageError(f"{to} cannot be written ({error}): name another file") from None
