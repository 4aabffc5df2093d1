"""Reading csv, json, jsonl and parquet into columns.

All but parquet need only the standard library; parquet needs polars from `modicum[size]`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modicum.errors import DataError
from modicum.tasks.delimited import read_delimited
from modicum.tasks.records import read_json, read_jsonl
from modicum.textfile import ending

Columns = dict[str, list[Any]]


@dataclass(frozen=True)
class Table:
    """Columns of equal length, and for each row the file and line it came from."""

    columns: Columns
    origins: list[tuple[str, int]]

    def __len__(self) -> int:
        return len(self.origins)

    def column(self, name: str) -> list[Any]:
        """One column; raises DataError naming the nearest one."""
        if name not in self.columns:
            raise DataError(missing_column(name, self.columns, self.origins))
        return self.columns[name]


def missing_column(name: str, columns: Columns, origins: Sequence[tuple[str, int]] = ()) -> str:
    """The sentence for a column that is not there."""
    import difflib

    near = difflib.get_close_matches(name, columns, n=1)
    where = f" in {origins[0][0]}" if origins else ""
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(list(columns)[:12])}"
    return f"no column {name!r}{where}: {hint}"


def read_tables(paths: Sequence[Path], encoding: str | None = None) -> Table:
    """Join the rows of several files; a column one of them lacks is None there."""
    tables = [read_table(path, encoding) for path in paths]
    names = list(dict.fromkeys(name for table in tables for name in table.columns))
    columns = {
        name: [cell for t in tables for cell in t.columns.get(name, [None] * len(t))]
        for name in names
    }
    return Table(columns, [origin for table in tables for origin in table.origins])


Reader = Callable[[Path, str | None], tuple[Columns, list[int]]]
READERS: dict[str, Reader] = {
    ".csv": read_delimited,
    ".tsv": lambda path, encoding: read_delimited(path, encoding, "\t"),
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".json": read_json,
}


def read_table(path: Path, encoding: str | None = None) -> Table:
    """Read one file by its ending; raises DataError for what is missing, empty or malformed."""
    if not path.is_file():
        raise DataError(f"{path} does not exist: paths in a task file are relative to it")
    if path.stat().st_size == 0:
        raise DataError(f"{path} is empty: it needs a header and at least one row")
    reader = _parquet if path.suffix.lower() == ".parquet" else READERS.get(ending(path))
    if reader is None:
        raise DataError(
            f"{path} is not a csv, tsv, json, jsonl or parquet file: save it as one of them"
        )
    columns, lines = reader(path, encoding)
    if not lines:
        raise DataError(f"{path} has no rows: it needs at least one")
    return Table(columns, [(path.name, line) for line in lines])


def _parquet(path: Path, _: str | None) -> tuple[Columns, list[int]]:
    from modicum.tasks.parquet import read_parquet

    return read_parquet(path)
