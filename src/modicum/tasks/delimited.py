"""Columns of a csv or tsv file."""

from __future__ import annotations

from pathlib import Path

from modicum.errors import DataError
from modicum.textfile import csv_rows


def read_delimited(
    path: Path, encoding: str | None = None, delimiter: str | None = None
) -> tuple[dict[str, list[str]], list[int]]:
    """Its columns and the line each row ends on; raises DataError.  delimiter: see `csv_rows`."""
    rows = csv_rows(path, encoding, delimiter)
    _, header = next(rows, (0, []))
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise DataError(f"{path} has two columns named {twice[0]!r}: rename one")
    found, at = [], []
    for line, row in rows:
        if len(row) != len(header):
            raise DataError(f"{path} line {line} has {len(row)} fields, the header {len(header)}")
        found.append(row)
        at.append(line)
    cells = zip(*found, strict=True) if found else ([] for _ in header)
    return {name: list(column) for name, column in zip(header, cells, strict=True)}, at
