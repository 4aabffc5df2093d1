"""Words weighted by TF-IDF, and logistic regression: small, fast, and often enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from modicum.candidates.artefact import Parts
from modicum.candidates.student import StudentRecipe
from modicum.candidates.tfidf import Terms, TfIdf


class TfIdfLogisticRecipe(StudentRecipe):
    """Options: `words`, the longest word n-gram; `min_count`, the texts a term must be in."""

    name = "tfidf-logistic"
    defaults: ClassVar[Mapping[str, object]] = {"words": 1, "min_count": 1}

    def encoder(self, texts: Sequence[str], options: Mapping[str, Any]) -> TfIdf:
        """TF-IDF of the words of `texts`."""
        return TfIdf.fit(texts, Terms(words=options["words"], min_count=options["min_count"]))

    def load_encoder(self, parts: Parts) -> TfIdf:
        """As saved."""
        return TfIdf.from_parts(parts)
