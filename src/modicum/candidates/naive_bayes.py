"""Naive Bayes on the presence of words: one pass over the examples, and nothing to tune."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from modicum.candidates.artefact import Parts
from modicum.candidates.head import NEVER, LinearHead, fit_temperature
from modicum.candidates.protocol import Examples
from modicum.candidates.student import StudentRecipe
from modicum.candidates.tfidf import Terms, TfIdf
from modicum.candidates.training import Labelled, targets_of


class NaiveBayesRecipe(StudentRecipe):
    """Multinomial naive Bayes over TF-IDF weights.

    After Rennie et al. 2003, "Tackling the poor assumptions of naive Bayes text classifiers".
    Option: `smoothing`, added to every count.
    """

    name = "naive-bayes"
    defaults: ClassVar[Mapping[str, object]] = {"smoothing": 0.3}
    space: ClassVar[Mapping[str, tuple[object, ...]]] = {"smoothing": (0.03, 0.1, 0.3, 1.0, 3.0)}

    def encoder(self, texts: Sequence[str], options: Mapping[str, Any]) -> TfIdf:
        """TF-IDF of the words of `texts`."""
        return TfIdf.fit(texts, Terms())

    def load_encoder(self, parts: Parts) -> TfIdf:
        """As saved."""
        return TfIdf.from_parts(parts)

    def fit_parts(
        self, fit: Examples, tune: Examples, seed: int, options: Mapping[str, Any]
    ) -> tuple[TfIdf, LinearHead]:
        """Counts of fit (and, with `refit`, of tune); the temperature is tune's."""
        encoder, head = self._count(fit, options["smoothing"])
        held = Labelled(encoder.encode(tune.inputs), tune.references)
        scores = np.asarray(held.features @ head.weights + head.intercept)
        temperature = fit_temperature(scores, targets_of(held.references, fit.classes))
        if options["refit"]:
            encoder, head = self._count(fit.joined(tune), options["smoothing"])
        head.temperature = temperature
        return encoder, head

    def _count(self, examples: Examples, smoothing: float) -> tuple[TfIdf, LinearHead]:
        encoder = self.encoder(examples.inputs, {})
        data = Labelled(encoder.encode(examples.inputs), examples.references)
        one = np.eye(len(examples.classes), dtype=np.float32)
        member = one[targets_of(data.references, examples.classes)]
        counts = np.asarray(data.features.T @ member) + np.float32(smoothing)
        share = member.mean(axis=0)
        prior = np.where(share > 0, np.log(np.maximum(share, 1e-9)), NEVER)
        return encoder, LinearHead(np.log(counts / counts.sum(axis=0)), prior, examples.classes)
