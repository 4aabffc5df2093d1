"""Long format: one row for each example and candidate, as csv or jsonl.

Columns: example, candidate, loss or correct; optionally split, slice, cluster, energy_j.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from modicum.decision.results.row import Row, loss_of_correct, number
from modicum.errors import DataError
from modicum.textfile import csv_rows, ending, opened


def read_long(path: Path) -> Iterator[Row]:
    """Rows of a csv (with a header) or jsonl file; DataError names the line that cannot be used."""
    records = _jsonl(path) if ending(path) in {".jsonl", ".ndjson"} else _csv(path)
    for line, record in records:
        yield _row(record, f"{path.name} line {line}")


def _csv(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Cells beyond the header are left out, and those that a row lacks are missing."""
    rows = csv_rows(path)
    _, header = next(rows, (0, []))
    for line, row in rows:
        yield line, dict(zip(header, row, strict=False))


def _jsonl(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    for line, record in json_lines(path):
        if not isinstance(record, dict):
            raise DataError(f"{path.name} line {line} is no JSON object: write one object a line")
        yield line, record


def json_lines(path: Path) -> Iterator[tuple[int, object]]:
    """(line number, parsed value) of every line that is not empty."""
    with opened(path) as file:
        for line, text in enumerate(file, start=1):
            if text.strip():
                try:
                    yield line, json.loads(text)
                except ValueError as error:
                    raise DataError(f"{path.name} line {line} is no JSON: {error}") from error


def _row(record: Mapping[str, object], where: str) -> Row:
    for column in ("example", "candidate"):
        if _missing(record.get(column)):
            have = ", ".join(str(key) for key in record) or "none"
            raise DataError(f"{where} has no {column!r} (columns: {have}): name the column so")
    split = str(record.get("split") or "judge").strip().lower()
    if split not in {"judge", "tune"}:
        raise DataError(f"{where}: split is {split!r}: use judge or tune")
    energy = record.get("energy_j")
    return Row(
        str(record["example"]),
        str(record["candidate"]),
        _loss(record, where),
        split,
        None if _missing(record.get("slice")) else str(record["slice"]),
        None if _missing(record.get("cluster")) else str(record["cluster"]),
        None if _missing(energy) else number(energy, "energy_j", where),
    )


def _loss(record: Mapping[str, object], where: str) -> float:
    if not _missing(record.get("loss")):
        loss = number(record["loss"], "loss", where)
        if not 0 <= loss <= 1:
            raise DataError(f"{where}: loss is {loss:g}: losses lie in [0, 1], so rescale them")
        return loss
    if not _missing(record.get("correct")):
        return loss_of_correct(record["correct"], where)
    raise DataError(f"{where} has neither loss nor correct: score every example")


def _missing(value: object) -> bool:
    return value is None or str(value).strip() == ""
