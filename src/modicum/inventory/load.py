"""Reading export files row by row: csv, JSON lines, and the pages of usage APIs."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import IO, Any

from modicum.errors import DataError
from modicum.inventory.cells import RowError
from modicum.inventory.readers.registry import find_reader
from modicum.inventory.usage import Usage

NOT_JSON = "\0not json"
"""The column of a line that could not be read at all."""


@dataclass
class Loaded:
    """What one file held.

    ignored: rows that are not about AI.  malformed: line and reason of rows that could not be read.
    """

    path: Path
    export: str
    sha256: str
    usages: list[Usage] = field(default_factory=list)
    ignored: int = 0
    malformed: list[tuple[int, str]] = field(default_factory=list)


def load_exports(paths: Sequence[Path]) -> list[Loaded]:
    """Read every file; raises DataError for one that is missing, empty or of no known kind."""
    return [load_export(path) for path in paths]


def load_export(path: Path) -> Loaded:
    """Read one file; a malformed row is kept by line and reason, and the others go on."""
    if not path.is_file():
        raise DataError(f"{path} does not exist: give export files of a provider, or of own meters")
    with closing(_rows(path)) as rows:
        broken: list[tuple[int, str]] = []
        for opening in rows:
            if NOT_JSON not in opening[1]:
                break
            broken.append((opening[0], "is not a JSON object"))
        else:
            raise DataError(f"{path} has no rows that read: export a period that was used")
        reader = find_reader(set(opening[1]), str(path))
        loaded = Loaded(path, reader.export, _digest(path), malformed=broken)
        for line, cells in chain([opening], rows):
            if NOT_JSON in cells:
                loaded.malformed.append((line, "is not a JSON object"))
                continue
            try:
                usage = reader.read(cells)
            except RowError as error:
                loaded.malformed.append((line, str(error)))
                continue
            if usage is None:
                loaded.ignored += 1
            else:
                origin = (path.name, line)
                loaded.usages.append(replace(usage, export=reader.export, origin=origin))
    return loaded


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        digest = sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _rows(path: Path) -> Generator[tuple[int, dict[str, str]]]:
    """Line and cells of each row, column names in lower case."""
    opened: Any = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as file:
            name = path.name.removesuffix(".gz").casefold()
            if name.endswith((".jsonl", ".ndjson")):
                yield from _json_lines(file)
            elif name.endswith(".json"):
                yield from _json_pages(file, path)
            else:
                yield from _csv(file, path)
    except (OSError, EOFError) as error:
        raise DataError(f"{path} cannot be read: {error}") from None


def _csv(file: IO[bytes], path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    with io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="") as text:
        reader = csv.reader(text)
        try:
            header = [name.strip().casefold() for name in next(reader, [])]
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield reader.line_num, dict(zip(header, cells, strict=False))
        except csv.Error as error:
            raise DataError(f"{path} is not csv (line {reader.line_num}: {error})") from None


def _json_lines(file: IO[bytes]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            plain = json.loads(line)
        except (ValueError, RecursionError):
            plain = None
        yield number, _flat(plain) if isinstance(plain, dict) else {NOT_JSON: "yes"}


def _json_pages(file: IO[bytes], path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The buckets of a usage API: each result with the times of its bucket."""
    try:
        plain = json.loads(file.read())
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON ({error}): save the API's answer as it came") from None
    pages = plain if isinstance(plain, list) else [plain]
    number = 0
    for page in pages:
        buckets = page.get("data", [page]) if isinstance(page, dict) else []
        for bucket in buckets:
            if not isinstance(bucket, dict):
                continue
            times = {k: v for k, v in bucket.items() if not isinstance(v, list | dict)}
            for result in bucket.get("results", [{}]):
                number += 1
                yield number, _flat(times | (result if isinstance(result, dict) else {}))


def _flat(plain: dict[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in plain.items():
        name = f"{prefix}{key}".casefold()
        if isinstance(value, dict):
            found |= _flat(value, f"{name}.")
        elif value is None or isinstance(value, list):
            found[name] = ""
        else:
            found[name] = str(value)
    return found
