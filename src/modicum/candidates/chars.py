"""Words as their pieces: counts of known character n-grams inside words, so that typing errors and
inflections still speak."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from modicum.candidates.words import count_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

_LONGEST_WORD = 40  # characters of a word that count; longer ones are links, keys and noise
_REMEMBERED = 100_000  # words whose columns are kept between calls


def pieces(word: str, shortest: int, longest: int) -> list[str]:
    """The character n-grams of a word between blanks that mark its ends.

    >>> pieces("card", 3, 4)
    [' ca', 'car', 'ard', 'rd ', ' car', 'card', 'ard ']
    """
    padded = f" {word[:_LONGEST_WORD]} "
    return [
        padded[i : i + n] for n in range(shortest, longest + 1) for i in range(len(padded) - n + 1)
    ]


class Chars:
    """Counts known character n-grams.

    A word's pieces depend on nothing around it, so each distinct word is cut once and remembered;
    counting is then one sparse product.  Column 0 is unused, as in `Words`.
    """

    def __init__(self, grams: Sequence[str], shortest: int, longest: int) -> None:
        self.grams = tuple(grams)
        self.shortest, self.longest = shortest, longest
        self.width = 1 + len(self.grams)
        self._columns = {gram: i + 1 for i, gram in enumerate(self.grams)}
        self._remembered: dict[str, Ints] = {}

    @classmethod
    def fit(
        cls,
        tokens: Sequence[Sequence[str]],
        *,
        shortest: int,
        longest: int,
        min_count: int,
        most: int,
    ) -> Chars:
        """The `most` commonest of the pieces that are in at least `min_count` of the texts."""
        cut = {word: set(pieces(word, shortest, longest)) for word in set(chain(*tokens))}
        frequency = Counter(
            gram for text in tokens for gram in set(chain.from_iterable(cut[w] for w in set(text)))
        )
        often = [gram for gram, count in frequency.items() if count >= min_count]
        often.sort(key=lambda gram: (-frequency[gram], gram))
        return cls(sorted(often[:most]), shortest, longest)

    def counts(self, tokens: Sequence[Sequence[str]]) -> csr_array:
        """Shape (texts, width): how often each text holds each n-gram."""
        index: dict[str, int] = {}
        ids = [index.setdefault(word, len(index)) for text in tokens for word in text]
        starts = np.zeros(len(tokens) + 1, np.int64)
        np.cumsum([len(text) for text in tokens], out=starts[1:])
        ones = np.ones(len(ids), np.float32)
        shape = (len(tokens), len(index))
        words = _matrix(ones, np.array(ids, np.int64), starts, shape)
        counts: csr_array = words @ self._word_rows(list(index))
        counts.sort_indices()  # type: ignore[no-untyped-call]
        return counts

    def counts_one(self, tokens: Sequence[str]) -> tuple[Ints, NDArray[np.float32]]:
        """Columns and counts of one text, without the matrix."""
        if not tokens:
            return count_columns(np.zeros(0, np.int64))
        return count_columns(np.concatenate([self._word_columns(word) for word in tokens]))

    def _word_rows(self, words: Sequence[str]) -> csr_array:
        columns = [self._word_columns(word) for word in words]
        starts = np.zeros(len(words) + 1, np.int64)
        np.cumsum([len(c) for c in columns], out=starts[1:])
        flat = np.concatenate([*columns, np.zeros(0, np.int64)])
        ones = np.ones(len(flat), np.float32)
        return _matrix(ones, flat, starts, (len(words), self.width))

    def _word_columns(self, word: str) -> Ints:
        known = self._remembered.get(word)
        if known is None:
            found = map(self._columns.get, pieces(word, self.shortest, self.longest))
            known = np.array([column for column in found if column is not None], np.int64)
            if len(self._remembered) < _REMEMBERED and len(word) <= _LONGEST_WORD:
                self._remembered[word] = known
        return known


def _matrix(
    values: NDArray[np.float32], columns: Ints, starts: Ints, shape: tuple[int, int]
) -> csr_array:
    return csr_array((values, columns, starts), shape=shape)  # type: ignore[no-untyped-call]
