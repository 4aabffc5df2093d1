"""JSON that is not one record a line: an array of records, or records printed over many lines.

Langfuse's export is one array on one line; a console exporter prints each span over forty lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import IO

_READ = 2**20  # characters read at a time
_NEAR = 16  # characters before the end in which a value may only be cut off
_SKIPPED = re.compile(r"[\s,\[\]]*")
_RECORDS = re.compile(r"\s*(\[\s*([{\]]|\Z)|\{\s*\n)")


def is_document(head: str) -> bool:
    """Whether a text that begins so holds records in an array, or over many lines.

    >>> is_document('[{"a": 1},'), is_document('{\\n  "a"'), is_document('{"a": 1}')
    (True, True, False)
    """
    return _RECORDS.match(head) is not None


def read_documents(text: IO[str], longest: int) -> Iterator[bytes | None]:
    """Each record as one line; None for one that is malformed or longer than `longest`.

    After a malformed record reading goes on at the next line.
    """
    decoder, held, ended = json.JSONDecoder(), "", False
    while True:
        start = _after(_SKIPPED, held)
        if start == len(held):
            if ended:
                return
            held, ended = _more(text, "")
            continue
        try:
            _, stop = decoder.raw_decode(held, start)
        except json.JSONDecodeError as error:
            if not ended and len(held) - start < longest and _cut_off(error, held):
                held, ended = _more(text, held[start:])
                continue
            yield None
            held, ended = _next_line(text, held[max(error.pos, start + 1) :], ended)
        except RecursionError:
            yield None
            held, ended = _next_line(text, held[start + 1 :], ended)
        else:
            yield held[start:stop].replace("\n", " ").encode("utf-8", "replace")
            held = held[stop:]


def _cut_off(error: json.JSONDecodeError, held: str) -> bool:
    return error.msg.startswith("Unterminated") or error.pos > len(held) - _NEAR


def _more(text: IO[str], held: str) -> tuple[str, bool]:
    """The text with as much again behind it, and whether that was the end."""
    read = text.read(max(_READ, len(held)))
    return held + read, not read


def _next_line(text: IO[str], held: str, ended: bool) -> tuple[str, bool]:
    """What follows the next line end."""
    while "\n" not in held and not ended:
        held, ended = _more(text, "")
    return held.partition("\n")[2], ended


def _after(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.match(text)
    return found.end() if found else 0
