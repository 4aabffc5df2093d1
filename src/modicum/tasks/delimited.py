"""Rows of a csv or tsv file."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

from modicum.errors import DataError
from modicum.textfile import delimiter_of, opened, said_delimiter

_LONGEST_FIELD = min(sys.maxsize, 2**31 - 1)


def read_delimited(
    path: Path, encoding: str | None = None, delimiter: str | None = None
) -> tuple[dict[str, list[str]], list[int]]:
    """Its columns and the line each row ends on; raises DataError.

    delimiter: None for what its header shows: a comma, else a semicolon, tab or bar.
    """
    previous = csv.field_size_limit(_LONGEST_FIELD)
    try:
        with opened(path, encoding) as text:
            first = text.readline()
            said = said_delimiter(first)
            header = text.readline() if said else first
            mark = delimiter or said or delimiter_of(header)
            lines = _after(header, text)
            rows = csv.reader(lines, delimiter=mark, strict=True)
            return _columns(path, rows, skipped=1 if said else 0)
    except csv.Error as error:
        raise DataError(f"{path} is not a well-formed csv file: {error}") from None
    finally:
        csv.field_size_limit(previous)


def _after(header: str, rest: Iterator[str]) -> Iterator[str]:
    yield header
    yield from rest


def _columns(
    path: Path, reader: Iterator[list[str]], skipped: int
) -> tuple[dict[str, list[str]], list[int]]:
    header = next(reader, [])
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise DataError(f"{path} has two columns named {twice[0]!r}: rename one")
    rows, at = [], []
    for row in reader:
        if not row:
            continue
        line = skipped + reader.line_num  # type: ignore[attr-defined]  # csv.reader has it, Iterator not
        if len(row) != len(header):
            raise DataError(f"{path} line {line} has {len(row)} fields, the header {len(header)}")
        rows.append(row)
        at.append(line)
    cells = zip(*rows, strict=True) if rows else ([] for _ in header)
    return {name: list(column) for name, column in zip(header, cells, strict=True)}, at
