"""Static embeddings distilled from the sentence encoder on the user's own vocabulary.

Every word is put through the encoder once, while fitting; afterwards a text is the weighted mean of
its words' vectors, far faster than the encoder (van Dongen and Tulkens 2024, "Model2Vec: distill a
small fast model from any sentence transformer").  Beside the words of the fit examples, common
words of the encoder's own vocabulary are kept, so that unseen wording still speaks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from modicum.candidates.artefact import Parts
from modicum.candidates.minilm import MiniLm
from modicum.candidates.student import StudentRecipe
from modicum.candidates.words import Words, tokenise
from modicum.errors import CandidateError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_SMOOTH = 1e-3  # Arora, Liang and Ma 2017: weights a / (a + p)


class Static:
    """Sum of the vectors of a text's known words, scaled to length 1; zeros where none is known.

    vectors: shape (words + 1, size), row i + 1 that of word i, weights already multiplied in.
    """

    def __init__(self, words: Words, vectors: Floats) -> None:
        if len(vectors) != words.width:
            raise CandidateError(
                f"{len(vectors)} vectors for {words.width} words: give one for each, and one for "
                "the unknown"
            )
        self._words, self._vectors = words, np.asarray(vectors, np.float32)

    @classmethod
    def distil(cls, texts: Sequence[str], teacher: MiniLm, most: int) -> Static:
        """Vectors of the commonest `most` words of `texts` and then of the teacher's vocabulary."""
        frequency = Counter(chain.from_iterable(map(tokenise, texts)))
        own = [word for word, _ in sorted(frequency.items(), key=lambda item: (-item[1], item[0]))]
        words = list(dict.fromkeys((*own, *teacher.whole_words())))[:most]
        counts = np.array([max(frequency[word], 1) for word in words], np.float64)
        share = counts / counts.sum()
        vectors = teacher.encode(words)
        vectors -= share @ vectors  # what all texts have in common tells no class
        vectors *= (_SMOOTH / (_SMOOTH + share))[:, None]
        none = np.zeros((1, vectors.shape[1]), np.float32)
        return cls(Words(words), np.concatenate([none, vectors]))

    def encode(self, texts: Sequence[str]) -> Floats:
        """Shape (texts, size)."""
        total = self._words.counts([tokenise(text) for text in texts]) @ self._vectors
        length = np.linalg.norm(total, axis=1, keepdims=True)
        return np.asarray(total / np.where(length > 0, length, 1), np.float32)

    def project(self, texts: Sequence[str], weights: Floats) -> Floats:
        """`encode(texts) @ weights`."""
        return self.encode(texts) @ weights

    def project_one(self, text: str, weights: Floats) -> Floats:
        """One row of `project`, without the sparse matrix."""
        columns, counts = self._words.counts_one(tokenise(text))
        total = counts @ self._vectors[columns]
        length = np.sqrt(total @ total)
        return np.asarray((total / length if length > 0 else total) @ weights)

    def parts(self) -> Parts:
        """Everything `from_parts` needs; the teacher is needed no more."""
        return Parts({"words": self._words.vocabulary}, {"vectors": self._vectors})

    @classmethod
    def from_parts(cls, parts: Parts) -> Static:
        """What `parts` described."""
        words: Any = parts.document["words"]
        return cls(Words(words), parts.arrays["vectors"])


class StaticRecipe(StudentRecipe):
    """Option: `most`, the words that get a vector (1.5 kB each)."""

    name = "static"
    defaults: ClassVar[Mapping[str, object]] = {"most": 10_000}
    space: ClassVar[Mapping[str, tuple[object, ...]]] = {"most": (3_000, 10_000, 30_000)}

    def encoder(self, texts: Sequence[str], options: Mapping[str, Any]) -> Static:
        """Distilled from the sentence encoder of the asset packages."""
        return Static.distil(texts, MiniLm.open(), options["most"])

    def load_encoder(self, parts: Parts) -> Static:
        """As saved."""
        return Static.from_parts(parts)
