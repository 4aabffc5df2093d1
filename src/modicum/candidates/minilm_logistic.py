"""Sentence embeddings of MiniLM, and its states at the opening, with logistic regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modicum.candidates.artefact import Parts
from modicum.candidates.blend import Blend
from modicum.candidates.head import LinearHead
from modicum.candidates.minilm import SIZE, MiniLm
from modicum.candidates.protocol import Examples
from modicum.candidates.student import StudentRecipe
from modicum.candidates.training import Kind, Labelled

_KINDS: tuple[Kind, ...] = ("logistic", "logistic")
OPENING = 4  # the mark of the beginning and three tokens: "what", "city", "has"


class MiniLmLogisticRecipe(StudentRecipe):
    """Two heads blended by what tune says of each; both read one pass of the encoder.

    Takes no options of its own; `c`, given, holds for both heads.
    """

    name = "minilm-logistic"

    def encoder(self, texts: Sequence[str], options: Mapping[str, Any]) -> MiniLm:
        """The encoder of the asset packages; `texts` teach it nothing."""
        return MiniLm.open(OPENING)

    def load_encoder(self, parts: Parts) -> MiniLm:
        """As saved."""
        return MiniLm.from_parts(parts)

    def fit_parts(
        self, fit: Examples, tune: Examples, seed: int, options: Mapping[str, Any]
    ) -> tuple[MiniLm, LinearHead]:
        """The heads of mean and opening, blended."""
        encoder = self.encoder(fit.inputs, options)
        dense = [encoder.encode(examples.inputs) for examples in (fit, tune)]
        views, held = (_views(d, e) for d, e in zip(dense, (fit, tune), strict=True))
        blend = Blend.fit(_KINDS, views, held, fit.classes, seed=seed, strength=options["c"])
        if options["refit"] and len(tune):
            blend = blend.refit(_views(np.concatenate(dense), fit.joined(tune)), seed=seed)
        return encoder, blend.head


def _views(dense: Any, examples: Examples) -> list[Labelled]:
    seen = (dense[:, :SIZE], dense[:, SIZE:])
    return [Labelled(features, examples.references) for features in seen]
