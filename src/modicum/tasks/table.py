"""Reading csv, jsonl and parquet into columns.

csv and jsonl need only the standard library; parquet needs polars from `modicum[size]`.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modicum.errors import DataError, MissingExtraError

_LONGEST_FIELD = min(sys.maxsize, 2**31 - 1)


@dataclass(frozen=True)
class Table:
    """Columns of equal length, and for each row the file and line it came from."""

    columns: dict[str, list[Any]]
    origins: list[tuple[str, int]]

    def __len__(self) -> int:
        return len(self.origins)

    def column(self, name: str) -> list[Any]:
        """One column; raises DataError naming the nearest one."""
        if name not in self.columns:
            raise DataError(missing_column(name, self.columns, self.origins))
        return self.columns[name]


def missing_column(
    name: str, columns: dict[str, list[Any]], origins: Sequence[tuple[str, int]] = ()
) -> str:
    """The sentence for a column that is not there."""
    import difflib

    near = difflib.get_close_matches(name, columns, n=1)
    where = f" in {origins[0][0]}" if origins else ""
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(list(columns)[:12])}"
    return f"no column {name!r}{where}: {hint}"


def read_tables(paths: Sequence[Path]) -> Table:
    """Join the rows of several files; a column one of them lacks is None there."""
    tables = [read_table(path) for path in paths]
    names = list(dict.fromkeys(name for table in tables for name in table.columns))
    columns = {
        name: [cell for t in tables for cell in t.columns.get(name, [None] * len(t))]
        for name in names
    }
    return Table(columns, [origin for table in tables for origin in table.origins])


def read_table(path: Path) -> Table:
    """Read one file by its ending; raises DataError for what is missing, empty or malformed."""
    readers = {".csv": _csv, ".tsv": _tsv, ".jsonl": _jsonl, ".ndjson": _jsonl}
    if not path.is_file():
        raise DataError(f"{path} does not exist: paths in a task file are relative to it")
    if path.stat().st_size == 0:
        raise DataError(f"{path} is empty: it needs a header and at least one row")
    if path.suffix.lower() == ".parquet":
        return _parquet(path)
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path} is not a csv, tsv, jsonl or parquet file: convert it to one")
    try:
        table = reader(path)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not UTF-8 (byte {error.start}): save it again in that encoding"
        ) from None
    if not len(table):
        raise DataError(f"{path} has no rows: it needs at least one")
    return table


def _csv(path: Path, delimiter: str = ",") -> Table:
    previous = csv.field_size_limit(_LONGEST_FIELD)
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return _csv_rows(path, csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise DataError(f"{path} is not a well-formed csv file: {error}") from None
    finally:
        csv.field_size_limit(previous)


def _tsv(path: Path) -> Table:
    return _csv(path, delimiter="\t")


def _csv_rows(path: Path, reader: Iterator[list[str]]) -> Table:
    header = next(reader, [])
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise DataError(f"{path} has two columns named {twice[0]!r}: rename one")
    rows, origins = [], []
    for row in reader:
        if not row:
            continue
        line = reader.line_num  # type: ignore[attr-defined]  # csv.reader has it, Iterator not
        if len(row) != len(header):
            raise DataError(f"{path} line {line} has {len(row)} fields, the header {len(header)}")
        rows.append(row)
        origins.append((path.name, line))
    cells = zip(*rows, strict=True) if rows else ([] for _ in header)
    return Table({name: list(column) for name, column in zip(header, cells, strict=True)}, origins)


def _jsonl(path: Path) -> Table:
    columns: dict[str, list[Any]] = {}
    origins: list[tuple[str, int]] = []
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            for name, cell in _object(path, number, line).items():
                columns.setdefault(name, [None] * len(origins)).append(cell)
            origins.append((path.name, number))
            for column in columns.values():
                column.extend([None] * (len(origins) - len(column)))
    return Table(columns, origins)


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise DataError(f"{path} line {number} is not JSON: {error}") from None
    if not isinstance(row, dict):
        raise DataError(f"{path} line {number} is {type(row).__name__}, an object was wanted")
    return row


def _parquet(path: Path) -> Table:
    try:
        import polars
    except ImportError:
        raise MissingExtraError("parquet files", "size") from None
    try:
        frame = polars.read_parquet(path)
    except (polars.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{path} is not a readable parquet file: {error}") from None
    if frame.height == 0:
        raise DataError(f"{path} has no rows: it needs at least one")
    columns = {name: frame[name].to_list() for name in frame.columns}
    return Table(columns, [(path.name, row) for row in range(1, frame.height + 1)])
