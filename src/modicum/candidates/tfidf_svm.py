"""Words, word pairs and characters weighted by TF-IDF, and a linear SVM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from modicum.candidates.artefact import Parts
from modicum.candidates.student import StudentRecipe
from modicum.candidates.tfidf import Terms, TfIdf
from modicum.candidates.training import Kind


class TfIdfSvmRecipe(StudentRecipe):
    """Options: `words`, the longest word n-gram; `chars_from` to `chars_to`, the character n-grams;
    `min_count`, the texts a word or word n-gram must be in."""

    name = "tfidf-svm"
    kind: ClassVar[Kind] = "svm"
    defaults: ClassVar[Mapping[str, object]] = {
        "words": 2,
        "chars_from": 2,
        "chars_to": 5,
        "min_count": 1,
    }
    space: ClassVar[Mapping[str, tuple[object, ...]]] = {
        "words": (1, 2, 3),
        "chars_from": (1, 2, 3),
        "chars_to": (3, 4, 5, 6),
        "min_count": (1, 2),
    }

    def encoder(self, texts: Sequence[str], options: Mapping[str, Any]) -> TfIdf:
        """TF-IDF of the words and characters of `texts`."""
        return TfIdf.fit(texts, Terms(**{key: options[key] for key in self.defaults}))

    def load_encoder(self, parts: Parts) -> TfIdf:
        """As saved."""
        return TfIdf.from_parts(parts)
