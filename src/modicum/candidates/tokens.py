"""Texts as tokens with their places, and answers found again among them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from modicum.tasks.structured_metrics import plain

MOST = 5_000  # tokens of a text that are looked at
_TOKEN = re.compile(r"[^\W_]+|[^\w\s]|_")


@dataclass(frozen=True, slots=True)
class Token:
    """A word or mark, and where it stands in its text."""

    text: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """Words and marks in order.

    >>> [t.text for t in tokens_of("5 N. Oak, IL")]
    ['5', 'N', '.', 'Oak', ',', 'IL']
    """
    found = []
    for match in _TOKEN.finditer(text):
        found.append(Token(match[0], match.start(), match.end()))
        if len(found) == MOST:
            break
    return found


def find_span(tokens: Sequence[Token], value: str, taken: Sequence[bool]) -> range | None:
    """Where a value stands among tokens that are not taken: first place, longest first by caller.

    >>> find_span(tokens_of("Reno, NV Reno"), "reno.", [False] * 4)
    range(0, 1)
    """
    wanted = [t.text.casefold() for t in tokens_of(plain(value))]
    if not wanted:
        return None
    words = [t.text.casefold() for t in tokens]
    for start in range(len(words) - len(wanted) + 1):
        place = range(start, start + len(wanted))
        if words[start : place.stop] == wanted and not any(taken[i] for i in place):
            return place
    return None


def spanned(text: str, tokens: Sequence[Token], place: range) -> str:
    """The text from the first to the last token of a place, without outer marks."""
    return text[tokens[place.start].start : tokens[place.stop - 1].end].strip(" \t\r\n,;:")


def align(text: str, values: dict[str, str | None]) -> tuple[list[Token], dict[str, range]]:
    """The tokens of a text and where each field's value stands; longer values are placed first."""
    tokens = tokens_of(text)
    taken = [False] * len(tokens)
    places: dict[str, range] = {}
    for name in sorted(values, key=lambda n: -len(values[n] or "")):
        place = find_span(tokens, values[name] or "", taken)
        if place is not None:
            places[name] = place
            for i in place:
                taken[i] = True
    return tokens, places


def shape(word: str) -> str:
    """What a word looks like: X capital, x small, d digit, runs shortened to two.

    >>> shape("McDonald"), shape("60614"), shape("IL")
    ('XxXxx', 'dd', 'XX')
    """
    raw = "".join(
        "X" if c.isupper() else "x" if c.islower() else "d" if c.isdigit() else c for c in word[:20]
    )
    return re.sub(r"(.)\1{2,}", r"\1\1", raw)


def clean(word: str) -> str:
    """A token that any library can take: no control characters, no lone surrogates."""
    printable = "".join(c if c.isprintable() else "?" for c in word[:50])
    return printable.encode("utf-8", "replace").decode()
