"""Rows of a parquet file; needs polars from `modicum[size]`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from modicum.errors import DataError, MissingExtraError


def read_parquet(path: Path) -> tuple[dict[str, list[Any]], list[int]]:
    """Its columns and row numbers; raises DataError for a file that is no parquet."""
    try:
        import polars
    except ImportError:
        raise MissingExtraError("parquet files", "size") from None
    try:
        frame = polars.read_parquet(path)
    except (polars.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{path} is not a readable parquet file: {error}") from None
    columns = {name: frame[name].to_list() for name in frame.columns}
    return columns, list(range(1, frame.height + 1))
