"""`modicum predict`: the recommended candidate answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modicum.errors import DataError

if TYPE_CHECKING:
    from modicum.candidates.decided import Decided

_BATCH = 256
TABLES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet")


def predict(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What `modicum size` wrote.")],
    file: Annotated[
        str,
        typer.Argument(
            metavar="[FILE|-]",
            help="A table as the task's data is, one input a line, or - for stdin.",
        ),
    ] = "-",
    column: Annotated[
        str | None,
        typer.Option(
            "--column",
            help="Column of a csv, tsv, json, jsonl or parquet FILE to answer.  [the task's input]",
        ),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="Of FILE, such as cp1252.  [UTF-8]")
    ] = None,
) -> None:
    """Answer each row of FILE with the recommended candidate, as one JSON object a line.

    Where inputs have a context, each line of stdin is an object with its columns.

    Example: echo "Who wrote it?" | modicum predict modicum-runs/question-type -
    """
    from modicum.candidates.decided import Decided

    with Decided.load(folder) as decided:
        parts = decided.decision.task.inputs
        if file == "-":
            for number, line in enumerate(sys.stdin, start=1):
                _answer(decided, [_composed(line.rstrip("\r\n"), parts, f"line {number}")])
                sys.stdout.flush()
            return
        inputs = read_inputs(Path(file), column, parts, encoding)
        while batch := list(islice(inputs, _BATCH)):
            _answer(decided, batch)


def _composed(line: str, parts: list[str], where: str) -> str:
    """An input of several columns from an object; one of a single column as it is."""
    from modicum.tasks.answers import write_parts

    if len(parts) < 2:
        return line
    try:
        found = json.loads(line)
        return write_parts(parts, [found[name] for name in parts])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DataError(
            f"{where} is {line[:40]!r}: an object with {', '.join(parts)} was wanted"
        ) from None


def read_inputs(
    path: Path, column: str | None, parts: list[str], encoding: str | None = None
) -> Iterator[str]:
    """Inputs of a file: a column of a table, several columns of it, or one a line."""
    from modicum.tasks.answers import write_parts
    from modicum.tasks.table import read_table
    from modicum.textfile import ending, opened

    table = ending(path) in TABLES
    if table and column is None and len(parts) == 1:
        column = parts[0]
    if table and column is None and parts:
        rows = read_table(path, encoding)
        for row in zip(*(rows.column(name) for name in parts), strict=True):
            yield write_parts(parts, row)
        return
    if column is not None:
        cells = read_table(path, encoding).column(column)
        wrong = [i for i, cell in enumerate(cells, start=1) if not isinstance(cell, str)]
        if wrong:
            raise DataError(f"{path} row {wrong[0]} has no text in {column!r}: fill it in")
        yield from cells
        return
    try:
        with opened(path, encoding) as lines:
            for number, line in enumerate(lines, start=1):
                yield _composed(line.rstrip("\r\n"), parts, f"{path} line {number}")
    except FileNotFoundError:
        raise DataError(f"{path} does not exist: give a file of one input a line, or -") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error}): give a text file") from None


def _answer(decided: Decided, batch: list[str]) -> None:
    for answer in decided.answer(batch):
        line = {
            "answer": answer.value if answer.data is None else answer.data,
            "confidence": None if answer.confidence is None else round(answer.confidence, 6),
            "energy_j": answer.energy_j.to_dict(),
        }
        if answer.error is not None:
            line["error"] = answer.error
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
