"""Lines of a log, one at a time: plain, gzip or standard input; nothing is held but the line."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from modicum.errors import DataError

LONGEST = 64 * 2**20
"""Bytes of a line beyond which it is skipped: no log writes prompts of that size."""

STDIN = Path("-")


def read_lines(path: Path) -> Iterator[bytes | None]:
    """The lines of one file, without their ends; None for each that is too long to be a record.

    Raises DataError where the file is missing, a folder, or a gzip file that breaks off.
    """
    with _opened(path) as file:
        try:
            yield from _split(file)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError(
                f"{path} is gzip data that breaks off or is damaged ({error}): copy it again"
            ) from None
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror or error}") from None


def _split(file: IO[bytes]) -> Iterator[bytes | None]:
    while line := file.readline(LONGEST):
        if len(line) == LONGEST and not line.endswith(b"\n"):
            while (rest := file.readline(LONGEST)) and not rest.endswith(b"\n"):
                pass
            yield None
            continue
        yield line.rstrip(b"\r\n")


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    if path == STDIN:
        yield sys.stdin.buffer
        return
    try:
        raw = path.open("rb")
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror or error}): give a log of requests, jsonl or "
            "jsonl.gz, or - for standard input"
        ) from None
    with raw:
        packed = raw.peek(2)[:2] == b"\x1f\x8b"  # by content: endings lie
        if not packed:
            yield raw
            return
        with gzip.open(raw, "rb") as file:
            yield file  # type: ignore[misc]  # a GzipFile reads like any binary file
