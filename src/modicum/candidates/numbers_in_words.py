"""The numbers of a text in order, in figures or in English words."""

from __future__ import annotations

import re
from itertools import pairwise

from modicum.tasks.text_metrics import numbers

_UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_UNITS += ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"]
_UNITS += ["eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SMALL = {word: float(n) for n, word in enumerate(_UNITS)} | {
    word: 10.0 * n for n, word in enumerate(_TENS, start=2)
}
_LARGE = {"hundred": 100.0, "thousand": 1e3, "million": 1e6}
_OTHER = {"dozen": 12.0, "half": 0.5, "twice": 2.0, "double": 2.0, "triple": 3.0, "thrice": 3.0}
_PIECE = re.compile(r"[-+−]?\$?\d[\d,]*(?:\.\d+)?(?:\s?/\s?\d+)?%?|\.\d+|[^\W\d_]+|[^\w\s]")


def numbers_of(text: str) -> list[float]:
    """Numbers in figures and words, as they come.

    >>> numbers_of("Two hundred and twenty-three of 1,000; a dozen more")
    [223.0, 1000.0, 12.0]
    """
    return [value for value, _ in _found(text)]


def number_places(text: str) -> list[tuple[tuple[int, int], float]]:
    """Where numbers stand, in figures or words, and each.

    >>> number_places("Send three.")
    [((5, 10), 3.0)]
    """
    return [(place, value) for value, place in _found(text)]


def masked(text: str) -> str:
    """The text with every number replaced by one mark, so that only its words tell.

    >>> masked("Ann has 12 red and five blue.")
    'Ann has 0 red and 0 blue.'
    """
    out, at = [], 0
    for _, (start, end) in _found(text):
        out += [text[at:start], "0"]
        at = end
    return "".join([*out, text[at:]])


def _found(text: str) -> list[tuple[float, tuple[int, int]]]:
    found: list[tuple[float, tuple[int, int]]] = []
    pieces = [(m[0].casefold(), m.span()) for m in _PIECE.finditer(text[:20_000])]
    run: list[tuple[str, tuple[int, int]]] = []
    for piece, following in pairwise([*pieces, ("", (0, 0))]):
        word = piece[0]
        if word in _SMALL or word in _LARGE or (run and _joins(word, following[0])):
            run.append(piece)
            continue
        found += _closed(run)
        run = []
        if word in _OTHER:
            found.append((_OTHER[word], piece[1]))
        elif read := numbers(word):
            found.append((read[0], piece[1]))
    return [*found, *_closed(run)]


def _joins(word: str, following: str) -> bool:
    return word in ("-", "and") and (following in _SMALL or following in _LARGE)


def _closed(run: list[tuple[str, tuple[int, int]]]) -> list[tuple[float, tuple[int, int]]]:
    """The numbers that a run of number words makes: "two and three" are two of them."""
    groups: list[list[tuple[str, tuple[int, int]]]] = []
    for piece in run:
        word = piece[0]
        if not groups or (word in _SMALL and not _continues(groups[-1], word)):
            groups.append([])
        groups[-1].append(piece)
    closed = []
    for group in groups:
        words = [p for p in group if p[0] in _SMALL or p[0] in _LARGE]
        if words:
            closed.append((_value([w for w, _ in words]), (words[0][1][0], words[-1][1][1])))
    return closed


def _continues(group: list[tuple[str, tuple[int, int]]], word: str) -> bool:
    """Whether a small number goes on with the one before: twenty-three, two hundred (and) six."""
    before = [w for w, _ in group if w in _SMALL or w in _LARGE]
    if not before:
        return True
    if before[-1] in _LARGE:
        return True
    return before[-1] in _TENS and word in _UNITS[1:10] and group[-1][0] != "and"


def _value(words: list[str]) -> float:
    total = current = 0.0
    for word in words:
        if word in _SMALL:
            current += _SMALL[word]
        elif word == "hundred":
            current = (current or 1.0) * 100
        else:
            total += (current or 1.0) * _LARGE[word]
            current = 0.0
    return total + current
