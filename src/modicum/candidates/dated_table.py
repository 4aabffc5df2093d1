"""The tables shipped with the program: every row with a link and the month it was read in."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from importlib.resources import files

from modicum.errors import DataError

_LINK = re.compile(r"https://[^\s/]+\.[^\s]+")
_MONTH = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?")


def shipped(name: str) -> str:
    """The text of a table under `candidates/data`."""
    return files("modicum.candidates").joinpath(f"data/{name}").read_text(encoding="utf-8")


def dated_rows(text: str, columns: Sequence[str], name: str) -> list[dict[str, str]]:
    """The rows of a table; the first column is its key.

    Raises DataError for other columns, a key that is missing or comes twice, and a row without a
    link in `source` or a month in `read`.
    """
    reader = csv.DictReader(text.splitlines())
    if list(reader.fieldnames or ()) != list(columns):
        raise DataError(
            f"{name} has the columns {', '.join(reader.fieldnames or ()) or 'none'}: "
            f"{', '.join(columns)} were wanted"
        )
    rows, seen = list(reader), set[str]()
    for line, row in enumerate(rows, 2):
        where, key = f"{name} line {line}", row[columns[0]]
        if None in row or None in row.values():
            raise DataError(f"{where} has not {len(columns)} cells: give one for each column")
        if not key or key in seen:
            raise DataError(f"{where} has {key!r} as its {columns[0]}: name each once")
        if not _LINK.fullmatch(row["source"]):
            raise DataError(f"{where} has {row['source']!r} as its source: give the link")
        if not _MONTH.fullmatch(row["read"]):
            raise DataError(f"{where} was read {row['read']!r}: give the month, such as 2026-11")
        seen.add(key)
    return rows
