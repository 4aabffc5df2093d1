"""The best of the small ones: words and characters (SVM), the sentence (logistic) and its opening
(logistic), blended by what tune says of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modicum.candidates.artefact import Parts
from modicum.candidates.blend import Blend
from modicum.candidates.head import LinearHead
from modicum.candidates.minilm import SIZE, MiniLm
from modicum.candidates.minilm_logistic import OPENING
from modicum.candidates.pair import Pair
from modicum.candidates.protocol import Examples
from modicum.candidates.student import StudentRecipe
from modicum.candidates.tfidf import Terms, TfIdf
from modicum.candidates.training import Labelled

_TERMS = Terms(words=2, chars_from=2, chars_to=5)


class MiniLmTfIdfRecipe(StudentRecipe):
    """Takes no options of its own; `c`, given, holds for all three heads."""

    name = "minilm-tfidf"

    def encoder(self, texts: Sequence[str], options: Mapping[str, Any]) -> Pair:
        """TF-IDF of `texts` beside the sentence encoder of the asset packages."""
        return Pair(TfIdf.fit(texts, _TERMS), MiniLm.open(OPENING))

    def load_encoder(self, parts: Parts) -> Pair:
        """As saved."""
        return Pair.from_parts(parts)

    def fit_parts(
        self, fit: Examples, tune: Examples, seed: int, options: Mapping[str, Any]
    ) -> tuple[Pair, LinearHead]:
        """Three heads, blended."""
        pair = self.encoder(fit.inputs, options)
        dense = [pair.sentences.encode(examples.inputs) for examples in (fit, tune)]
        views, held = (_views(pair.words, e, d) for e, d in zip((fit, tune), dense, strict=True))
        blend = Blend.fit(
            ("svm", "logistic", "logistic"),
            views,
            held,
            fit.classes,
            seed=seed,
            strength=options["c"],
        )
        if options["refit"] and len(tune):
            every = fit.joined(tune)
            pair = Pair(TfIdf.fit(every.inputs, _TERMS), pair.sentences)
            blend = blend.refit(_views(pair.words, every, np.concatenate(dense)), seed=seed)
        return pair, blend.head


def _views(words: TfIdf, examples: Examples, dense: Any) -> list[Labelled]:
    """What each head sees: words and characters, the mean state, the opening states."""
    seen = (words.encode(examples.inputs), dense[:, :SIZE], dense[:, SIZE:])
    return [Labelled(features, examples.references) for features in seen]
