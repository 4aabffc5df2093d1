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

    Example: echo "Who wrote it?" | modicum predict modicum-runs/question-type -
    """
    from modicum.candidates.decided import Decided

    with Decided.load(folder) as decided:
        if file == "-":
            for line in sys.stdin:
                _answer(decided, [line.rstrip("\r\n")])
                sys.stdout.flush()
            return
        inputs = _inputs(Path(file), column)
        while batch := list(islice(inputs, _BATCH)):
            _answer(decided, batch)


def _inputs(path: Path, column: str | None) -> Iterator[str]:
    from modicum.tasks.table import read_table

    if column is not None:
        cells = read_table(path).column(column)
        wrong = [i for i, cell in enumerate(cells, start=1) if not isinstance(cell, str)]
        if wrong:
            raise DataError(f"{path} row {wrong[0]} has no text in {column!r}: fill it in")
        yield from cells
        return
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for line in lines:
                yield line.rstrip("\r\n")
    except FileNotFoundError:
        raise DataError(f"{path} does not exist: give a file of one input a line, or -") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read ({error}): give UTF-8 text") from None


def _answer(decided: Decided, batch: list[str]) -> None:
    for answer in decided.answer(batch):
        line = {
            "answer": answer.value,
            "confidence": None if answer.confidence is None else round(answer.confidence, 6),
            "energy_j": answer.energy_j.to_dict(),
        }
        if answer.error is not None:
            line["error"] = answer.error
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
