"""Sentence embeddings of MiniLM, and logistic regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modicum.candidates.artefact import Parts
from modicum.candidates.minilm import MiniLm
from modicum.candidates.student import StudentRecipe


class MiniLmLogisticRecipe(StudentRecipe):
    """Takes no options of its own."""

    name = "minilm-logistic"

    def encoder(self, texts: Sequence[str], options: Mapping[str, Any]) -> MiniLm:
        """The encoder of the asset packages; `texts` teach it nothing."""
        return MiniLm.open()

    def load_encoder(self, parts: Parts) -> MiniLm:
        """As saved."""
        return MiniLm.from_parts(parts)
