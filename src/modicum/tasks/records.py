"""Rows of JSON: an object a line, or a list of objects."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from modicum.errors import DataError
from modicum.tasks.chat import with_turns
from modicum.textfile import opened

Row = dict[str, Any]


def read_jsonl(path: Path, encoding: str | None = None) -> tuple[dict[str, list[Any]], list[int]]:
    """Columns and line numbers of an object a line; raises DataError with the line."""
    with opened(path, encoding) as lines:
        return _columns(_objects(path, lines))


def read_json(path: Path, encoding: str | None = None) -> tuple[dict[str, list[Any]], list[int]]:
    """Columns and row numbers of a list of objects, or of an object that holds one such list.

    An object a line, which many programs also call .json, is read as that.
    """
    with opened(path, encoding) as text:
        whole = text.read()
    try:
        found = json.loads(whole)
    except (json.JSONDecodeError, RecursionError) as error:
        if getattr(error, "msg", "") == "Extra data":
            return _columns(_objects(path, whole.splitlines()))
        raise DataError(f"{path} is not JSON: {error}") from None
    rows = _list_in(found)
    if rows is None:
        raise DataError(f"{path} holds {_kind(found)}: a list of objects was wanted")
    return _columns(_checked(path, "row", enumerate(rows, start=1)))


def _list_in(found: Any) -> list[Any] | None:
    if isinstance(found, dict):
        lists = [cell for cell in found.values() if isinstance(cell, list) and cell]
        found = lists[0] if len(lists) == 1 else None
    return found if isinstance(found, list) else None


def _objects(path: Path, lines: Iterable[str]) -> Iterator[tuple[int, Row]]:
    parsed = (
        (number, _parsed(path, number, line))
        for number, line in enumerate(lines, start=1)
        if line.strip()
    )
    return _checked(path, "line", parsed)


def _parsed(path: Path, number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise DataError(f"{path} line {number} is not JSON: {error}") from None


def _checked(path: Path, what: str, rows: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, Row]]:
    for number, row in rows:
        if not isinstance(row, dict):
            raise DataError(f"{path} {what} {number} is {_kind(row)}, an object was wanted")
        yield number, with_turns(row)


def _kind(found: Any) -> str:
    return type(found).__name__


def _columns(rows: Iterable[tuple[int, Row]]) -> tuple[dict[str, list[Any]], list[int]]:
    columns: dict[str, list[Any]] = {}
    at: list[int] = []
    for number, row in rows:
        for name, cell in row.items():
            columns.setdefault(name, [None] * len(at)).append(cell)
        at.append(number)
        for column in columns.values():
            column.extend([None] * (len(at) - len(column)))
    return columns, at
