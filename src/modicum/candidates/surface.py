"""What a text looks like, before any of its words is read: length, numbers, lines, signs."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from modicum.candidates.artefact import Parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

LONGEST = 20_000  # characters that are looked at
SCALE = 0.2
"""Weight of one standard deviation, beside a row of TF-IDF of length 1: what these few columns say
is learned from many examples each, a single word's from few, and one ridge holds for all."""

_NUMBER = re.compile(r"\d[\d.,]*")
_SIGNS = frozenset("=+*^\\()<>/%$")


class Surface:
    """Fifteen measures of a text, each scaled by what fit examples had."""

    def __init__(self, middle: Floats, spread: Floats) -> None:
        self.middle, self.spread = middle, spread
        self.width = len(middle)

    @classmethod
    def fit(cls, texts: Sequence[str]) -> Surface:
        """Mean and spread of every measure over `texts`."""
        seen = np.array([measures(text) for text in texts], np.float64)
        spread = seen.std(axis=0)
        return cls(
            seen.mean(axis=0).astype(np.float32),
            np.where(spread > 0, spread, 1.0).astype(np.float32),
        )

    def encode(self, texts: Sequence[str]) -> csr_array:
        """Shape (texts, 15); measures are held to within five spreads of the mean."""
        rows = [measures(text) for text in texts]
        return csr_array(self._scaled(np.array(rows, np.float64).reshape(-1, self.width)))  # type: ignore[no-untyped-call]

    def project(self, texts: Sequence[str], weights: Floats) -> Floats:
        """`encode(texts) @ weights`."""
        return np.asarray(self.encode(texts) @ weights)

    def project_one(self, text: str, weights: Floats) -> Floats:
        """One row of `project`."""
        return np.asarray(self._scaled(np.array(measures(text), np.float64)) @ weights)

    def parts(self) -> Parts:
        """Everything `from_parts` needs."""
        return Parts({}, {"middle": self.middle, "spread": self.spread})

    @classmethod
    def from_parts(cls, parts: Parts) -> Surface:
        """What `parts` described."""
        return cls(parts.arrays["middle"], parts.arrays["spread"])

    def _scaled(self, measured: NDArray[np.float64]) -> Floats:
        scaled = np.clip((measured - self.middle) / self.spread, -5.0, 5.0)
        return np.asarray(SCALE * scaled, np.float32)


def measures(text: str) -> tuple[float, ...]:
    """The measures of one text, counts as logarithms.

    >>> round(measures("Tom has 3 pens and buys 12.50 more.")[2], 3)  # ln(1 + 2 numbers)
    1.099
    """
    text = text[:LONGEST]
    words, numbers = text.split(), _NUMBER.findall(text)
    size = max(len(text), 1)
    return (
        math.log1p(len(text)),
        math.log1p(len(words)),
        math.log1p(len(numbers)),
        math.log1p(len(set(numbers))),
        math.log1p(len({word.lower() for word in words})),
        math.log1p(text.count("\n")),
        math.log1p(text.count(".") + text.count("?")),
        sum(map(len, words)) / max(len(words), 1),
        sum("." in number.rstrip(".,") for number in numbers),
        text.count("%"),
        text.count("$"),
        text.count("/"),
        float(not text.isascii()),
        sum(map(str.isupper, text)) / size,
        sum(character in _SIGNS for character in text) / size,
    )
