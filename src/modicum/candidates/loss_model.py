"""Predicting each target's loss from the text alone, before anybody has answered.

Ridge regression of the losses on features of the text.  What decides between two targets is the
difference of their losses, and a linear model of the losses is one of every such difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from modicum.candidates.artefact import Parts
from modicum.candidates.minilm import MiniLm
from modicum.candidates.stack import Stack, Wide, joined
from modicum.candidates.student import nest, select
from modicum.candidates.surface import Surface
from modicum.candidates.tfidf import Terms, TfIdf
from modicum.errors import MissingExtraError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float64]
    Narrow = NDArray[np.float32]
    Ints = NDArray[np.int64]

Features = Literal["words", "sentences", "both"]
RIDGES = (3.0, 10.0, 30.0, 100.0)
FOLDS, MANY = 5, 500


@dataclass(frozen=True)
class LossModel:
    """features @ weights + intercept, shape (texts, targets): the loss to expect of each."""

    encoder: Stack
    weights: Narrow
    intercept: Narrow

    def predict(self, texts: Sequence[str]) -> Floats:
        """Shape (texts, targets); one text takes the lean path."""
        if not len(texts):
            return np.zeros((0, len(self.intercept)))
        if len(texts) == 1:
            found = self.encoder.project_one(texts[0], self.weights)[None, :]
        else:
            found = self.encoder.project(texts, self.weights)
        return np.asarray(found + self.intercept, np.float64)

    @classmethod
    def fit(
        cls, texts: Sequence[str], losses: Floats, features: Features, seed: int
    ) -> tuple[LossModel, Floats]:
        """The model, and its predictions by models that had not seen the example.

        losses: shape (texts, targets).  The ridge is the one whose held-out predictions of the
        differences between targets err least.
        """
        known = _Known(texts, features)
        tried = _held_out(known, losses, text_folds(texts, seed))
        errors = [float(((_gaps(one) - _gaps(losses)) ** 2).sum()) for one in tried]
        best = int(np.argmin(errors))
        encoder, matrix = known.fitted(np.arange(len(texts)))
        weights, intercept = solve(matrix, losses, RIDGES[best])
        return cls(encoder, weights, intercept), tried[best]

    def parts(self) -> Parts:
        """Everything `from_parts` needs."""
        own = Parts({}, {"weights": self.weights, "intercept": self.intercept})
        return nest({"model": own, "encoder": self.encoder.parts()})

    @classmethod
    def from_parts(cls, parts: Parts) -> LossModel:
        """What `parts` described; raises KeyError, TypeError or ValueError for anything else."""
        own, encoder = select(parts, "model"), Stack.from_parts(select(parts, "encoder"))
        return cls(encoder, own.arrays["weights"], own.arrays["intercept"])


class _Known:
    """Texts of which the sentence encoder, which learns nothing, has run once."""

    def __init__(self, texts: Sequence[str], features: Features) -> None:
        self.texts, self.words = texts, features != "sentences"
        self.encoder = None if features == "words" else MiniLm.open()
        self.dense = self.encoder.encode(texts) if self.encoder else None

    def fitted(self, rows: Ints) -> tuple[Stack, csr_array]:
        """Encoders fitted on these rows, and the rows' features."""
        texts = self._texts(rows)
        encoders: dict[str, Wide] = {}
        if self.words:
            least = 2 if len(texts) >= MANY else 1
            encoders["words"] = TfIdf.fit(texts, Terms(words=2, min_count=least))
        encoders["surface"] = Surface.fit(texts)
        if self.encoder is not None:
            encoders["sentences"] = self.encoder
        stack = Stack(encoders)
        return stack, self.encoded(stack, rows)

    def encoded(self, stack: Stack, rows: Ints) -> csr_array:
        """The features of these rows, sentences as encoded before."""
        texts = self._texts(rows)
        blocks = [e.encode(texts) for n, e in stack.encoders.items() if n != "sentences"]
        return joined(blocks if self.dense is None else [*blocks, self.dense[rows]])

    def _texts(self, rows: Ints) -> list[str]:
        return [self.texts[i] for i in rows.tolist()]


def text_folds(texts: Sequence[str], seed: int) -> Ints:
    """A fold for each text; the same text is always in the same one.

    >>> folds = text_folds(["a", "b", "a"], 0)
    >>> bool(folds[0] == folds[2])
    True
    """
    distinct = {text: i for i, text in enumerate(dict.fromkeys(texts))}
    fold = np.random.default_rng(seed).permutation(len(distinct)) % FOLDS
    return np.array([fold[distinct[text]] for text in texts], np.int64)


def solve(matrix: csr_array, losses: Floats, ridge: float) -> tuple[Narrow, Narrow]:
    """Weights of shape (features, targets) and intercepts."""
    try:
        from sklearn.linear_model import Ridge
    except ImportError as error:
        raise MissingExtraError("routers", "size") from error
    model = Ridge(alpha=ridge, solver="lsqr")  # type: ignore[no-untyped-call]
    model.fit(matrix, losses)
    weights = np.asarray(model.coef_, np.float32).reshape(losses.shape[1], -1).T
    intercept = np.broadcast_to(model.intercept_, losses.shape[1])
    return np.ascontiguousarray(weights), np.array(intercept, np.float32)


def _gaps(losses: Floats) -> Floats:
    return np.asarray(losses - losses.mean(axis=1, keepdims=True))


def _held_out(known: _Known, losses: Floats, folds: Ints) -> list[Floats]:
    """For each ridge the predictions of every row by models fitted on the other folds."""
    found = [np.tile(losses.mean(axis=0), (len(losses), 1)) for _ in RIDGES]
    for fold in np.unique(folds):
        rest, here = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if not len(rest):
            continue
        stack, matrix = known.fitted(rest)
        asked = known.encoded(stack, here)
        for one, ridge in zip(found, RIDGES, strict=True):
            weights, intercept = solve(matrix, losses[rest], ridge)
            one[here] = asked @ weights + intercept
    return found
