"""A prompt as the set of its shingles: hashes of three tokens in a row.

Pure numbers are one token, so that dates and counters tell no two prompts apart.  Scripts without
blanks between words (Han, Kana, Thai) are cut into characters.  Of a very long prompt only the
beginning and the end are read: what recurs stands there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

_DENSE = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff"
TOKEN = re.compile(rf"\x02[a-z]+\x03|\d+|[{_DENSE}]|[^\W\d{_DENSE}]+|[^\w\s]|_")
_HEAD, _TAIL = 8_000, 4_000  # characters

# odd multipliers (golden ratio and splitmix64's; Steele, Lea and Flood 2014)
_A, _B, _C = (np.uint64(x) for x in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
_ONE = np.uint64(1)


class Vocabulary:
    """Numbers for tokens, the same in every process (CRC-32); the latest many are remembered."""

    def __init__(self, most: int = 500_000) -> None:
        self._number: dict[str, int] = {}
        self._most = most

    def numbers(self, tokens: list[str]) -> Hashes:
        """One number a token; every run of digits is the same."""
        known = self._number
        found = [known.get(token) or self._new(token) for token in tokens]
        return np.array(found, np.uint64)

    def _new(self, token: str) -> int:
        if token.isdecimal():
            return 1
        if len(self._number) >= self._most:
            self._number.clear()
        number = self._number[token] = crc32(token.encode("utf-8", "replace")) + 2
        return number


def trimmed(text: str) -> str:
    """The beginning and end of a very long text."""
    return text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]} {text[-_TAIL:]}"


def sketch(text: str, vocabulary: Vocabulary) -> Hashes:
    """The distinct shingles of a flattened prompt, sorted.

    The lowest bit tells what opens a message or ends the prompt (1) from what stands anywhere (0).
    """
    tokens = TOKEN.findall(trimmed(text))
    if len(tokens) < 3:
        tokens += ["\x03"] * (3 - len(tokens))
    t = vocabulary.numbers(tokens)
    hashes = t[:-2] * _A + t[1:-1] * _B + t[2:] * _C
    hashes ^= hashes >> np.uint64(29)
    hashes *= _B
    hashes &= ~_ONE
    opening = [i for i, token in enumerate(tokens[:-2]) if token[0] == "\x02"]
    edges = np.concatenate([hashes[opening], hashes[-1:] * _C]) | _ONE
    return np.unique(np.concatenate([hashes, edges]))
