"""Text files as people have them: in their encoding, compressed or not, with any common delimiter.

Nothing is guessed silently: an encoding is UTF-8, or what a byte order mark says, or what is given.
"""

from __future__ import annotations

import gzip
import io
import re
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from modicum.errors import DataError, EncodingError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_OTHERS = (";", "\t", "|")
_QUOTED = re.compile(r'"[^"]*"')
_EXCEL = re.compile(r"sep=(.)\s*$")


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


def said_delimiter(line: str) -> str | None:
    """The delimiter that a first line `sep=;` states, as spreadsheets write it."""
    found = _EXCEL.match(line)
    return found[1] if found else None
