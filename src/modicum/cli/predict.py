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
TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")


def predict(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What `modicum size` wrote.")],
    file: Annotated[
        str, typer.Argument(metavar="[FILE|-]", help="One input a line, or - for stdin.")
    ] = "-",
    column: Annotated[
        str | None,
        typer.Option("--column", help="Column of a csv, tsv, jsonl or parquet FILE to answer."),
    ] = None,
) -> None:
    """Answer each line of FILE with the recommended candidate, as one JSON object a line.

    Where inputs have a context, each line is an object with its columns, and a csv or jsonl FILE
    needs no --column.

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
        inputs = read_inputs(Path(file), column, parts)
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


def read_inputs(path: Path, column: str | None, parts: list[str]) -> Iterator[str]:
    """Inputs of a file: a column of a table, objects of several columns, or one a line."""
    from modicum.tasks.answers import write_parts
    from modicum.tasks.table import read_table

    if len(parts) > 1 and column is None and path.suffix.lower() in TABLES:
        table = read_table(path)
        for row in zip(*(table.column(name) for name in parts), strict=True):
            yield write_parts(parts, row)
        return
    if column is not None:
        cells = read_table(path).column(column)
        wrong = [i for i, cell in enumerate(cells, start=1) if not isinstance(cell, str)]
        if wrong:
            raise DataError(f"{path} row {wrong[0]} has no text in {column!r}: fill it in")
        yield from cells
        return
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                yield _composed(line.rstrip("\r\n"), parts, f"{path} line {number}")
    except FileNotFoundError:
        raise DataError(f"{path} does not exist: give a file of one input a line, or -") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read ({error}): give UTF-8 text") from None


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
