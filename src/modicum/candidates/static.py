"""Static embeddings distilled from the sentence encoder on the user's own vocabulary.

Every word is put through the encoder once, while fitting; afterwards a text is the mean of its
words' vectors, far faster than the encoder (van Dongen and Tulkens 2024, "Model2Vec: distill a
small fast model from any sentence transformer").  Beside the words of the fit examples, common
words of the encoder's own vocabulary are kept, so that unseen wording still speaks.  The first
words also stand for themselves: what a question asks for is said there, and a mean blurs it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from modicum.candidates.artefact import Parts
from modicum.candidates.blend import Blend
from modicum.candidates.head import LinearHead
from modicum.candidates.minilm import MiniLm
from modicum.candidates.protocol import Examples
from modicum.candidates.student import StudentRecipe
from modicum.candidates.training import Kind, Labelled
from modicum.candidates.words import Words, tokenise
from modicum.errors import CandidateError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float32]

_OPENING = 3  # words, known or not, at the beginning
_KINDS: tuple[Kind, ...] = ("logistic", "logistic")


class Static:
    """Sum of the vectors of a text's known words, scaled to length 1, then its first three words'.

    vectors: shape (words + 1, size), row i + 1 that of word i, row 0 (the unknown word) zeros.
    opening: words at the beginning that stand for themselves, each scaled to length 1; an unknown
    one, and one behind the end of the text, is zeros.
    """

    def __init__(self, words: Words, vectors: Floats, opening: int = _OPENING) -> None:
        if len(vectors) != words.width:
            raise CandidateError(
                f"{len(vectors)} vectors for {words.width} words: give one for each, and one for "
                "the unknown"
            )
        self._words, self._vectors = words, np.asarray(vectors, np.float32)
        self._lengths = np.maximum(np.linalg.norm(self._vectors, axis=1), 1e-9)
        self.opening, self.size = opening, self._vectors.shape[1]

    @classmethod
    def distil(cls, texts: Sequence[str], teacher: MiniLm, most: int) -> Static:
        """Vectors of the commonest `most` words of `texts` and then of the teacher's vocabulary.

        They are not weighted by frequency: the head learns what a word is worth, and the commonest
        ("who", "how many", "not") tell classes apart.
        """
        frequency = Counter(chain.from_iterable(map(tokenise, texts)))
        own = [word for word, _ in sorted(frequency.items(), key=lambda item: (-item[1], item[0]))]
        words = list(dict.fromkeys((*own, *teacher.whole_words())))[:most]
        vectors = teacher.encode(words)
        vectors -= vectors.mean(axis=0)  # what all words have in common tells no class
        none = np.zeros((1, vectors.shape[1]), np.float32)
        return cls(Words(words), np.concatenate([none, vectors]))

    def encode(self, texts: Sequence[str]) -> Floats:
        """Shape (texts, size * (1 + opening))."""
        tokens = [tokenise(text) for text in texts]
        first = self._words.columns([row[: self.opening] for row in tokens], self.opening)
        opening = self._vectors[first] / self._lengths[first][:, :, None]
        opening = opening.reshape(len(texts), self.size * self.opening)
        return np.concatenate([self._means(self._words.counts(tokens)), opening], axis=1)

    def project(self, texts: Sequence[str], weights: Floats) -> Floats:
        """`encode(texts) @ weights`."""
        return self.encode(texts) @ weights

    def project_one(self, text: str, weights: Floats) -> Floats:
        """One row of `project`, without the sparse matrix."""
        tokens = tokenise(text)
        columns, counts = self._words.counts_one(tokens)
        total = counts @ self._vectors[columns]
        length = np.sqrt(total @ total)
        first = self._words.columns([tokens[: self.opening]], self.opening)[0]
        opening = (self._vectors[first] / self._lengths[first][:, None]).ravel()
        return np.concatenate((total / length if length > 0 else total, opening)) @ weights

    def _means(self, counts: csr_array) -> Floats:
        total = counts @ self._vectors
        length = np.linalg.norm(total, axis=1, keepdims=True)
        return np.asarray(total / np.where(length > 0, length, 1), np.float32)

    def parts(self) -> Parts:
        """Everything `from_parts` needs; the teacher is needed no more."""
        document: dict[str, object] = {"words": self._words.vocabulary, "opening": self.opening}
        return Parts(document, {"vectors": self._vectors})

    @classmethod
    def from_parts(cls, parts: Parts) -> Static:
        """What `parts` described; one saved before openings were read has none."""
        words: Any = parts.document["words"]
        opening: Any = parts.document.get("opening", 0)
        return cls(Words(words), parts.arrays["vectors"], opening)


class StaticRecipe(StudentRecipe):
    """Two heads, of mean and opening, blended by what tune says of each.

    Option: `most`, the words that get a vector (1.5 kB each).
    """

    name = "static"
    defaults: ClassVar[Mapping[str, object]] = {"most": 10_000}
    space: ClassVar[Mapping[str, tuple[object, ...]]] = {"most": (3_000, 10_000, 30_000)}

    def encoder(self, texts: Sequence[str], options: Mapping[str, Any]) -> Static:
        """Distilled from the sentence encoder of the asset packages."""
        return Static.distil(texts, MiniLm.open(), options["most"])

    def fit_parts(
        self, fit: Examples, tune: Examples, seed: int, options: Mapping[str, Any]
    ) -> tuple[Static, LinearHead]:
        """Where tune is joined to fit in the end (`refit`), its words get vectors as well."""
        encoder = self.encoder(fit.inputs, options)
        views, held = _views(encoder, fit), _views(encoder, tune)
        blend = Blend.fit(_KINDS, views, held, fit.classes, seed=seed, strength=options["c"])
        if options["refit"] and len(tune):
            every = fit.joined(tune)
            encoder = self.encoder(every.inputs, options)
            blend = blend.refit(_views(encoder, every), seed=seed)
        return encoder, blend.head

    def load_encoder(self, parts: Parts) -> Static:
        """As saved."""
        return Static.from_parts(parts)


def _views(encoder: Static, examples: Examples) -> list[Labelled]:
    dense, size = encoder.encode(examples.inputs), encoder.size
    seen = (dense[:, :size], dense[:, size:])
    return [Labelled(features, examples.references) for features in seen]
