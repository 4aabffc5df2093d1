"""Words weighted by TF-IDF, and logistic regression: small, fast, and often enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from modicum.candidates.artefact import Parts
from modicum.candidates.protocol import Examples
from modicum.candidates.student import Encoder, StudentRecipe
from modicum.candidates.tfidf import Terms, TfIdf
from modicum.candidates.training import Trial


class TfIdfLogisticRecipe(StudentRecipe):
    """Options: `words`, the longest word n-gram (0, the default, lets tune choose 1 or 2);
    `min_count`, the texts a term must be in."""

    name = "tfidf-logistic"
    defaults: ClassVar[Mapping[str, object]] = {"words": 0, "min_count": 1}
    space: ClassVar[Mapping[str, tuple[object, ...]]] = {"words": (0, 3), "min_count": (1, 2, 3)}

    def encoder(self, texts: Sequence[str], options: Mapping[str, Any]) -> TfIdf:
        """TF-IDF of the words of `texts`."""
        return TfIdf.fit(texts, Terms(words=options["words"], min_count=options["min_count"]))

    def load_encoder(self, parts: Parts) -> TfIdf:
        """As saved."""
        return TfIdf.from_parts(parts)

    def fit_once(
        self, fit: Examples, tune: Examples, seed: int, options: Mapping[str, Any]
    ) -> tuple[Encoder, Trial, Mapping[str, Any]]:
        """Pairs of words are kept only where they lower the error rate on tune."""
        if options["words"]:
            return super().fit_once(fit, tune, seed, options)
        single = super().fit_once(fit, tune, seed, {**options, "words": 1})
        if not len(tune):
            return single
        pairs = super().fit_once(fit, tune, seed, {**options, "words": 2})
        return pairs if pairs[1].losses[1] < single[1].losses[1] else single
