"""Records of a log, each as one line; nothing is held but the record.

Read are plain files, gzip and zst (known by content: endings lie), UTF-8 and UTF-16, one record a
line or JSON of any layout, csv tables, folders of such files, and standard input.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from modicum.discover.documents import is_document, read_documents
from modicum.errors import DataError, MissingExtraError

LONGEST = 64 * 2**20
"""Bytes of a record beyond which it is skipped: no log writes prompts of that size."""

STDIN = Path("-")
ENDINGS = (".jsonl", ".json", ".ndjson", ".log", ".csv", ".tsv")
"""Of the files that are read in a folder, each perhaps with .gz or .zst behind it."""

_GZIP, _ZST = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")

Say = Callable[[str], None]


def files_of(paths: Sequence[Path]) -> list[Path]:
    """The files, with every folder replaced by the logs in it, in order of their names.

    Raises DataError for a folder without any.
    """
    found: list[Path] = []
    for path in paths:
        inside = sorted(filter(_is_log, path.rglob("*"))) if path.is_dir() else [path]
        if not inside:
            raise DataError(f"{path} holds no log: give a folder of {', '.join(ENDINGS)} files")
        found += inside
    return found


def _is_log(path: Path) -> bool:
    return path.is_file() and _ending(path) in ENDINGS


def _ending(path: Path) -> str:
    packed = path.suffix.lower() in (".gz", ".zst")
    return (path.with_suffix("") if packed else path).suffix.lower()


def read_lines(path: Path, say: Say = lambda _: None) -> Iterator[bytes | None]:
    """The records of one file; None for each that is malformed or too long to be one.

    say: is told, in a sentence, where compressed data breaks off or is damaged; what stands before
        is read.

    Raises DataError where the file is missing or nothing of it can be read.
    """
    read = 0
    with _opened(path) as file:
        try:
            for record in _records(path, file):
                read += 1
                yield record
        except _broken() as error:
            broken = f"{path} breaks off or is damaged after record {read:,} ({error})"
            if not read:
                raise DataError(f"{broken}: copy it again") from None
            say(f"{broken}: what stands before is read.")
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror or error}") from None


def _records(path: Path, file: io.BufferedReader) -> Iterator[bytes | None]:
    head = file.peek(4)
    utf16 = head.startswith(_UTF16)
    start = head.decode("utf-16" if utf16 else "utf-8-sig", "replace")
    table = _ending(path) in (".csv", ".tsv")
    if not (table or utf16 or is_document(start)):
        yield from _split(file)
        return
    encoding = "utf-16" if utf16 else "utf-8-sig"
    text = io.TextIOWrapper(file, encoding, errors="replace", newline="")
    try:
        if table:
            yield from _rows(text, "\t" if _ending(path) == ".tsv" else None)
        elif is_document(start):
            yield from read_documents(text, LONGEST)
        else:
            yield from (line.rstrip("\r\n").encode("utf-8", "replace") for line in text)
    finally:
        text.detach()  # the file is closed by who opened it


def _split(file: IO[bytes]) -> Iterator[bytes | None]:
    while line := file.readline(LONGEST):
        if len(line) == LONGEST and not line.endswith(b"\n"):
            while (rest := file.readline(LONGEST)) and not rest.endswith(b"\n"):
                pass
            yield None
            continue
        yield line.rstrip(b"\r\n")


def _rows(text: IO[str], delimiter: str | None) -> Iterator[bytes | None]:
    """Rows of a table as JSON objects."""
    from modicum.textfile import header_of

    before = csv.field_size_limit(LONGEST)
    try:
        header, mark, _ = header_of(text, delimiter)
        names = next(csv.reader([header], delimiter=mark), [])
        rows = csv.reader(text, delimiter=mark)
        while (row := _row(rows)) is not None:
            whole = len(row) == len(names)
            yield json.dumps(dict(zip(names, row, strict=True))).encode() if whole else None
    finally:
        csv.field_size_limit(before)


def _row(rows: Iterator[list[str]]) -> list[str] | None:
    """The next row, an empty one where it is malformed, None at the end."""
    try:
        return next(rows, None)
    except csv.Error:  # a NUL byte or a field of 64 MiB
        return []


@contextmanager
def _opened(path: Path) -> Iterator[io.BufferedReader]:
    if path == STDIN:
        yield _unpacked(io.BufferedReader(sys.stdin.buffer))  # type: ignore[arg-type]
        return
    try:
        raw = path.open("rb")
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror or error}): give a log of requests, jsonl, "
            "json or csv, plain or as .gz or .zst, a folder of them, or - for standard input"
        ) from None
    with raw:
        yield _unpacked(raw)


def _unpacked(raw: io.BufferedReader) -> io.BufferedReader:
    head = raw.peek(4)
    if head.startswith(_GZIP):
        return io.BufferedReader(gzip.open(raw, "rb"))
    if head.startswith(_ZST):
        found: Any = _zstandard().ZstdDecompressor().stream_reader(raw, read_across_frames=True)
        return io.BufferedReader(found)
    return raw


def _zstandard() -> Any:
    try:
        import zstandard
    except ImportError as error:
        raise MissingExtraError("zst files", "discover") from error
    return zstandard


def _broken() -> tuple[type[Exception], ...]:
    """What damaged data raises; zst's own error once such a file was opened."""
    module: Any = sys.modules.get("zstandard")
    return (EOFError, gzip.BadGzipFile, zlib.error, *((module.ZstdError,) if module else ()))
