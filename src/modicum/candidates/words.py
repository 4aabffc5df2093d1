"""Texts as words: a tokeniser, and counts of known words and word n-grams."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

MAX_CHARACTERS = 1_000_000  # the first million characters of a text speak for the rest of it
UNKNOWN = 0
_SHORT = 64  # tokens
_TOKEN = re.compile(r"\w+|[^\w\s]")


def tokenise(text: str) -> list[str]:
    """Lower-cased words, and each other visible character as a token of its own.

    >>> tokenise("Where's my card?")
    ['where', "'", 's', 'my', 'card', '?']
    """
    return _TOKEN.findall(text[:MAX_CHARACTERS].lower())


class Words:
    """Counts known words and n-grams of known words.

    vocabulary: the words; word i has column i + 1, column 0 is every unknown word.
    grams: for each n from 2 on, the sorted codes of the known n-grams.  The code of an n-gram is
        (column of its first n - 1 words) * (number of word columns) + (column of its last word),
        so that a whole batch is looked up by binary search, with no string joined.
    """

    def __init__(self, vocabulary: Sequence[str], grams: Sequence[Ints] = ()) -> None:
        self.vocabulary = tuple(vocabulary)
        self.grams = tuple(grams)
        self._columns = {word: i + 1 for i, word in enumerate(self.vocabulary)}
        self.width = 1 + len(self.vocabulary) + sum(len(g) for g in self.grams)

    @classmethod
    def fit(cls, tokens: Sequence[Sequence[str]], longest: int, min_count: int) -> Words:
        """The words and n-grams (n up to `longest`) in at least `min_count` of the texts."""
        frequency = Counter(chain.from_iterable(map(set, tokens)))
        words = cls(sorted(word for word, count in frequency.items() if count >= min_count))
        for _ in range(2, longest + 1):
            words = cls(words.vocabulary, (*words.grams, words._frequent_codes(tokens, min_count)))
        return words

    def columns(self, tokens: Sequence[Sequence[str]], count: int) -> Ints:
        """Shape (texts, count): the columns of each text's first words, 0 behind its end."""
        get, none = self._columns.get, (UNKNOWN,) * count
        rows = [
            (*(get(token, UNKNOWN) for token in text[:count]), *none)[:count] for text in tokens
        ]
        return np.array(rows, np.int64).reshape(len(tokens), count)

    def counts(self, tokens: Sequence[Sequence[str]]) -> csr_array:
        """Shape (texts, width): how often each text holds each term."""
        ids, rows = self._ids(tokens)
        levels = list(self._levels(ids, rows))
        columns = np.concatenate([known for _, known in levels])
        rows = np.concatenate([rows[at] for at, _ in levels])
        ones = np.ones(len(columns), np.float32)
        shape = (len(tokens), self.width)
        return csr_array((ones, (rows, columns)), shape=shape)  # type: ignore[no-untyped-call]

    def counts_one(self, tokens: Sequence[str]) -> tuple[Ints, NDArray[np.float32]]:
        """Columns and counts of one text, without the matrix."""
        get = self._columns.get
        ids = [get(token, UNKNOWN) for token in tokens]
        if len(ids) <= _SHORT:
            return self._counts_short(ids)
        whole = np.array(ids, np.int64)
        rows = np.zeros(len(ids), np.int64)
        return count_columns(np.concatenate([known for _, known in self._levels(whole, rows)]))

    def _counts_short(self, ids: list[int]) -> tuple[Ints, NDArray[np.float32]]:
        """The same term by term: on a short text an array's overhead is most of its cost."""
        known = [(at, column) for at, column in enumerate(ids) if column != UNKNOWN]
        counts = Counter(column for _, column in known)
        end, base = len(ids), 1 + len(self.vocabulary)
        offset = base
        for n, grams in enumerate(self.grams, start=2):
            codes, longer = grams.data, []
            for at, column in known:
                last = at + n - 1
                if last < end and ids[last] != UNKNOWN:
                    code = column * base + ids[last]
                    found = bisect_left(codes, code)
                    if found < len(codes) and codes[found] == code:
                        longer.append((at, found + offset))
            counts.update(column for _, column in longer)
            known, offset = longer, offset + len(codes)
        columns = sorted(counts)
        return np.array(columns, np.int64), np.array([counts[c] for c in columns], np.float32)

    def _ids(self, tokens: Sequence[Sequence[str]]) -> tuple[Ints, Ints]:
        get: Callable[[str, int], int] = self._columns.get
        lengths = np.fromiter(map(len, tokens), np.int64, len(tokens))
        flat = chain.from_iterable(tokens)
        ids = np.fromiter((get(token, UNKNOWN) for token in flat), np.int64, int(lengths.sum()))
        return ids, np.repeat(np.arange(len(tokens)), lengths)

    def _levels(self, ids: Ints, rows: Ints) -> list[tuple[Ints, Ints]]:
        """For each n: the positions where known n-grams begin, and their columns."""
        at = np.flatnonzero(ids)
        known = ids[at]
        levels = [(at, known)]
        offset = 1 + len(self.vocabulary)
        for n, codes in enumerate(self.grams, start=2):
            at, wanted = self._codes(ids, rows, at, known, n)
            found = np.searchsorted(codes, wanted)
            hit = found < len(codes)
            hit[hit] = codes[found[hit]] == wanted[hit]
            at, known = at[hit], found[hit] + offset
            levels.append((at, known))
            offset += len(codes)
        return levels

    def _codes(self, ids: Ints, rows: Ints, at: Ints, known: Ints, n: int) -> tuple[Ints, Ints]:
        """Codes of the n-grams that extend the known (n - 1)-grams at positions `at`."""
        last = at + (n - 1)
        inside = last < len(ids)
        inside[inside] = (rows[last[inside]] == rows[at[inside]]) & (ids[last[inside]] != UNKNOWN)
        return at[inside], known[inside] * (1 + len(self.vocabulary)) + ids[last[inside]]

    def _frequent_codes(self, tokens: Sequence[Sequence[str]], min_count: int) -> Ints:
        ids, rows = self._ids(tokens)
        at, known = self._levels(ids, rows)[-1]
        at, codes = self._codes(ids, rows, at, known, len(self.grams) + 2)
        seen = np.unique(np.stack([rows[at], codes]), axis=1)[1]  # once a text
        found, frequency = np.unique(seen, return_counts=True)
        return np.asarray(found[frequency >= min_count])


def count_columns(columns: Ints) -> tuple[Ints, NDArray[np.float32]]:
    """Distinct known columns and how often each occurs.

    >>> [array.tolist() for array in count_columns(np.array([3, 0, 1, 3]))]
    [[1, 3], [1.0, 2.0]]
    """
    ordered = np.sort(columns[columns != UNKNOWN])
    first = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    if not len(ordered):
        return ordered, np.zeros(0, np.float32)
    return ordered[first], np.diff(first, append=len(ordered)).astype(np.float32)
