"""Two encoders side by side: the features of one, then those of the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scipy.sparse import csr_array, hstack

from modicum.candidates.artefact import Parts
from modicum.candidates.minilm import MiniLm
from modicum.candidates.student import nest, select
from modicum.candidates.tfidf import TfIdf

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


class Pair:
    """TF-IDF columns first, then those of the sentence encoder.  They are never joined to answer:
    the product of a concatenation is the sum of two products."""

    def __init__(self, words: TfIdf, sentences: MiniLm) -> None:
        self.words, self.sentences = words, sentences

    def encode(self, texts: Sequence[str]) -> csr_array:
        """Shape (texts, both widths)."""
        dense = csr_array(self.sentences.encode(texts))  # type: ignore[no-untyped-call]
        both = [self.words.encode(texts), dense]
        joined: csr_array = hstack(both, format="csr")  # type: ignore[no-untyped-call]
        return joined

    def project(self, texts: Sequence[str], weights: Floats) -> Floats:
        """`encode(texts) @ weights`."""
        at = self.words.width
        return self.words.project(texts, weights[:at]) + self.sentences.project(texts, weights[at:])

    def project_one(self, text: str, weights: Floats) -> Floats:
        """One row of `project`."""
        at = self.words.width
        lean = self.words.project_one(text, weights[:at])
        return lean + self.sentences.project_one(text, weights[at:])

    def parts(self) -> Parts:
        """Both encoders'."""
        return nest({"words": self.words.parts(), "sentences": self.sentences.parts()})

    @classmethod
    def from_parts(cls, parts: Parts) -> Pair:
        """What `parts` described."""
        words = TfIdf.from_parts(select(parts, "words"))
        return cls(words, MiniLm.from_parts(select(parts, "sentences")))
