"""Encoders side by side: the features of the first, then those of the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np

from modicum.candidates.artefact import Parts
from modicum.candidates.minilm import MiniLm
from modicum.candidates.student import Encoder, nest, select
from modicum.candidates.surface import Surface
from modicum.candidates.tfidf import TfIdf

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float32]


class Wide(Encoder, Protocol):
    """An encoder that knows how many features it gives."""

    @property
    def width(self) -> int:
        """Features of one text."""
        ...


class Stack:
    """Encoders by name, never joined to answer: the product of a concatenation is a sum."""

    def __init__(self, encoders: Mapping[str, Wide]) -> None:
        self.encoders = dict(encoders)
        self._cuts = np.cumsum([0, *(e.width for e in self.encoders.values())]).tolist()
        self.width: int = self._cuts[-1]

    def encode(self, texts: Sequence[str]) -> csr_array:
        """Shape (texts, all widths)."""
        return joined([encoder.encode(texts) for encoder in self.encoders.values()])

    def project(self, texts: Sequence[str], weights: Floats) -> Floats:
        """`encode(texts) @ weights`."""
        parts = zip(self.encoders.values(), pairwise(self._cuts), strict=True)
        return np.asarray(np.sum([e.project(texts, weights[a:b]) for e, (a, b) in parts], axis=0))

    def project_one(self, text: str, weights: Floats) -> Floats:
        """One row of `project`."""
        parts = zip(self.encoders.values(), pairwise(self._cuts), strict=True)
        return np.asarray(
            np.sum([e.project_one(text, weights[a:b]) for e, (a, b) in parts], axis=0)
        )

    def parts(self) -> Parts:
        """Every encoder's."""
        return nest({name: encoder.parts() for name, encoder in self.encoders.items()})

    @classmethod
    def from_parts(cls, parts: Parts) -> Stack:
        """What `parts` described."""
        return cls({n: KINDS[n].from_parts(select(parts, n)) for n in KINDS if n in parts.document})


KINDS: dict[str, type[TfIdf] | type[Surface] | type[MiniLm]] = {
    "words": TfIdf,
    "surface": Surface,
    "sentences": MiniLm,
}
"""What a stack can hold, in this order."""


def joined(blocks: Sequence[csr_array | Floats]) -> csr_array:
    """Feature matrices of the same texts, side by side."""
    from scipy.sparse import csr_array, hstack

    narrow = [csr_array(block) for block in blocks]  # type: ignore[no-untyped-call]
    both: csr_array = hstack(narrow, format="csr")  # type: ignore[no-untyped-call]
    return both
