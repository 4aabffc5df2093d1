"""Text files as people have them: in their encoding, compressed or not, with any common delimiter.

Nothing is guessed silently: an encoding is UTF-8, or what a byte order mark says, or what is given.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import sys
from collections import Counter
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING

from modicum.errors import DataError, EncodingError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_OTHERS = (";", "\t", "|")
_QUOTED = re.compile(r'"[^"]*"')
_EXCEL = re.compile(r"sep=(.)\s*$")
_LONGEST_FIELD = min(sys.maxsize, 2**31 - 1)


def ending(path: Path) -> str:
    """The ending of a file's name that says what it holds, whether or not it is compressed.

    >>> ending(Path("rows.CSV")), ending(Path("rows.jsonl.gz"))
    ('.csv', '.jsonl')
    """
    inner = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return inner.suffix.lower()


@contextmanager
def opened(path: Path, encoding: str | None = None) -> Iterator[IO[str]]:
    """A text file to read, line ends kept; raises EncodingError where a byte does not decode.

    encoding: what the file is written in where it has no byte order mark; None is UTF-8.
    """
    try:
        with _bytes(path) as raw:
            head = raw.peek(3)
            marked = next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)
            used = marked or encoding or "utf-8"
            check_encoding(used)
            with io.TextIOWrapper(raw, encoding=used, newline="") as text:
                yield text
    except UnicodeDecodeError as error:
        raise EncodingError(
            f"{path} is not {error.encoding.upper()} (byte {error.start}): save it as UTF-8, or "
            'name its encoding: encoding = "cp1252" in a task file, --encoding for predict'
        ) from None
    except (gzip.BadGzipFile, EOFError) as error:
        raise DataError(f"{path} is not a whole gzip file ({error}): compress it again") from None


def check_encoding(encoding: str) -> None:
    """Raise DataError for a name that is no encoding of text."""
    try:
        "".encode(encoding)
    except LookupError:
        raise DataError(
            f'encoding {encoding!r} is not known: give one like "cp1252" (Windows) or "latin-1"'
        ) from None


def _bytes(path: Path) -> io.BufferedReader:
    if path.suffix.lower() == ".gz":
        return io.BufferedReader(gzip.open(path))
    return path.open("rb")


def delimiter_of(header: str) -> str:
    """What parts the columns of a header: the comma, or the commonest other mark if it has none.

    >>> delimiter_of("text,label;more"), delimiter_of('"a, b";c'), delimiter_of("text")
    (',', ';', ',')
    """
    counts = Counter(_QUOTED.sub("", header))
    if counts[","]:
        return ","
    best = max(_OTHERS, key=lambda mark: counts[mark])
    return best if counts[best] else ","


def header_of(text: IO[str], delimiter: str | None = None) -> tuple[str, str, int]:
    """The header of a table, what parts its columns, and how many lines stand before it.

    A first line `sep=;`, as spreadsheets write it, is obeyed.  delimiter: where it is known.
    """
    first = text.readline()
    said = _EXCEL.match(first)
    if said is None:
        return first, delimiter or delimiter_of(first), 0
    return text.readline(), delimiter or said[1], 1


def csv_rows(
    path: Path, encoding: str | None = None, delimiter: str | None = None
) -> Iterator[tuple[int, list[str]]]:
    """Rows of a csv or tsv file, the header first, each with the line it ends on; raises DataError.

    Empty rows are left out.  delimiter: None for what the header shows: a comma, else a semicolon,
    tab or bar.
    """
    previous = csv.field_size_limit(_LONGEST_FIELD)
    try:
        with opened(path, encoding) as text:
            header, mark, skipped = header_of(text, delimiter)
            rows = csv.reader(chain([header], text), delimiter=mark, strict=True)
            for row in rows:
                if row:
                    yield skipped + rows.line_num, row
    except csv.Error as error:
        raise DataError(
            f"{path} is not a well-formed csv file ({error}): save it again as csv"
        ) from None
    finally:
        csv.field_size_limit(previous)
