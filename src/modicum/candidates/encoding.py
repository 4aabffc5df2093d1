"""Which encoder a recipe that is no linear student reads texts with: words, or sentences."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from modicum.candidates.artefact import Parts
from modicum.candidates.minilm import MiniLm
from modicum.candidates.student import Encoder
from modicum.candidates.tfidf import Terms, TfIdf


class Encoding(ABC):
    """How a recipe comes by its encoder."""

    @abstractmethod
    def encoder(self, texts: Sequence[str]) -> Encoder:
        """The encoder, fitted on `texts` where it learns anything."""

    @abstractmethod
    def load_encoder(self, parts: Parts) -> Encoder:
        """The encoder that `parts` describe."""


class OfWords(Encoding):
    """TF-IDF of words and characters."""

    terms: ClassVar[Terms]

    def encoder(self, texts: Sequence[str]) -> TfIdf:
        """Fitted on the texts."""
        return TfIdf.fit(texts, self.terms)

    def load_encoder(self, parts: Parts) -> TfIdf:
        """As saved."""
        return TfIdf.from_parts(parts)


class OfSentences(Encoding):
    """Sentence embeddings.  opening: how many first words have a part of their own."""

    opening: ClassVar[int] = 0

    def encoder(self, texts: Sequence[str]) -> MiniLm:
        """The encoder of the asset packages; `texts` teach it nothing."""
        return MiniLm.open(self.opening)

    def load_encoder(self, parts: Parts) -> MiniLm:
        """As saved."""
        return MiniLm.from_parts(parts)
