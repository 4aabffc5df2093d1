"""Word vectors learned from billions of words (GloVe), pooled over a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modicum.candidates.artefact import Parts
from modicum.candidates.assets import GLOVE_VECTORS, GLOVE_WORDS, find_asset
from modicum.candidates.pinned import check_pins, pin
from modicum.candidates.student import StudentRecipe
from modicum.candidates.words import tokenise
from modicum.errors import MissingExtraError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_SMOOTH = 1e-3
_OPENING = 3  # known words at the beginning that also stand for themselves


class WordVectors:
    """Weighted mean of the vectors of a text's words, their maximum, minimum, and first three.

    Weights are a / (a + p), a = 0.001, p the word's probability (Arora, Liang and Ma 2017, "A
    simple but tough-to-beat baseline for sentence embeddings"); the words come ordered by
    frequency, so p is read off Zipf's law.  A text of unknown words only is a row of zeros.
    """

    def __init__(self, words: Sequence[str], vectors: Floats) -> None:
        self._rows = {word: row for row, word in enumerate(words)}
        self._vectors = vectors
        ranks = np.arange(1, len(words) + 1)
        probability = 1 / (ranks * np.log(1.78 * len(words)))
        self._weights = (_SMOOTH / (_SMOOTH + probability)).astype(np.float32)

    @classmethod
    def open(cls) -> WordVectors:
        """The vectors of the asset package, memory-mapped; raises CandidateError where absent."""
        vectors, words = find_asset(GLOVE_VECTORS), find_asset(GLOVE_WORDS)
        return cls(_read_words(words), np.load(vectors, mmap_mode="r"))

    def encode(self, texts: Sequence[str]) -> Floats:
        """Shape (texts, 6 * length of a word vector)."""
        tokens = [tokenise(text) for text in texts]
        get = self._rows.get
        found = [[row for row in map(get, text) if row is not None] for text in tokens]
        lengths = np.array([len(rows) for rows in found], np.int64)
        size = self._vectors.shape[1]
        encoded = np.zeros((len(texts), (3 + _OPENING) * size), np.float32)
        full = np.flatnonzero(lengths)
        if not len(full):
            return encoded
        rows = np.fromiter(chain.from_iterable(found), np.int64, int(lengths.sum()))
        starts = np.concatenate(([0], np.cumsum(lengths[full])[:-1]))
        vectors, weights = np.asarray(self._vectors[rows]), self._weights[rows]
        total = np.add.reduceat(vectors * weights[:, None], starts)
        encoded[full, :size] = total / np.add.reduceat(weights, starts)[:, None]
        encoded[full, size : 2 * size] = np.maximum.reduceat(vectors, starts)
        encoded[full, 2 * size : 3 * size] = np.minimum.reduceat(vectors, starts)
        for i in range(_OPENING):
            at = slice((3 + i) * size, (4 + i) * size)
            long = lengths[full] > i
            encoded[full[long], at] = vectors[starts[long] + i]
        return encoded

    def project(self, texts: Sequence[str], weights: Floats) -> Floats:
        """`encode(texts) @ weights`."""
        return self.encode(texts) @ weights

    def project_one(self, text: str, weights: Floats) -> Floats:
        """One row of `project`."""
        get = self._rows.get
        rows = [row for row in map(get, tokenise(text)) if row is not None]
        if not rows:
            return np.zeros(weights.shape[1], np.float32)
        vectors, shares = self._vectors[rows], self._weights[rows]
        mean = (shares @ vectors) / shares.sum()
        opening = np.zeros(_OPENING * len(mean), np.float32)
        first = vectors[:_OPENING].ravel()
        opening[: len(first)] = first
        return np.concatenate((mean, vectors.max(axis=0), vectors.min(axis=0), opening)) @ weights

    def parts(self) -> Parts:
        """The fingerprints of the asset's files; the vectors themselves stay in their package."""
        return Parts({"assets": pin(GLOVE_VECTORS, GLOVE_WORDS)})


class WordVectorsRecipe(StudentRecipe):
    """Takes no options of its own."""

    name = "word-vectors"

    def encoder(self, texts: Sequence[str], options: Mapping[str, Any]) -> WordVectors:
        """The vectors of the asset package; `texts` teach them nothing."""
        return WordVectors.open()

    def load_encoder(self, parts: Parts) -> WordVectors:
        """As saved, once the asset's files are found to be the same."""
        check_pins(parts.document["assets"], GLOVE_VECTORS, GLOVE_WORDS)
        return WordVectors.open()


def _read_words(path: Path) -> list[str]:
    try:
        import polars
    except ImportError as error:
        raise MissingExtraError("word vectors", "size") from error
    return polars.read_parquet(path).to_series(0).to_list()
