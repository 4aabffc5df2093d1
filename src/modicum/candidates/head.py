"""A linear head: scores of a text for every class, as calibrated probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from modicum.candidates.artefact import Parts
from modicum.candidates.protocol import Answers
from modicum.errors import CandidateError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

NEVER = -1e4  # the score of a class that no fitted example had


class LinearHead:
    """Scores are features @ weights + intercept; probabilities their softmax at a temperature.

    weights: shape (features, classes).  intercept: shape (classes,).  temperature: above 1 makes
    the head less sure of itself, below 1 surer (Guo et al. 2017, "On calibration of modern neural
    networks").
    """

    def __init__(
        self,
        weights: Floats,
        intercept: Floats,
        classes: Sequence[str],
        temperature: float = 1.0,
    ) -> None:
        if weights.shape[1] != len(classes) or intercept.shape != (len(classes),):
            raise CandidateError(
                f"weights {weights.shape}, intercept {intercept.shape}, {len(classes)} classes: "
                "give one column and one intercept for each class"
            )
        self.weights = np.ascontiguousarray(weights, np.float32)
        self.intercept = np.asarray(intercept, np.float32)
        self.classes = tuple(classes)
        self.temperature = temperature

    def answers(self, projected: Floats) -> Answers:
        """Answers for features @ weights, shape (texts, classes)."""
        probabilities = softmax((projected + self.intercept) / self.temperature)
        best = probabilities.argmax(axis=1)
        sure = probabilities[np.arange(len(best)), best]
        return Answers(
            values=tuple(self.classes[i] for i in best.tolist()),
            confidence=tuple(sure.tolist()),
            probabilities=probabilities,
            classes=self.classes,
        )

    def answer_one(self, projected: Floats) -> Answers:
        """The same for one text, shape (classes,)."""
        scores = (projected + self.intercept) / self.temperature
        powers = np.exp(scores - scores.max())
        powers /= powers.sum()
        best = int(powers.argmax())
        return Answers(
            values=(self.classes[best],),
            confidence=(float(powers[best]),),
            probabilities=powers[None, :],
            classes=self.classes,
        )

    def parts(self) -> Parts:
        """Everything `from_parts` needs."""
        return Parts(
            {"classes": self.classes, "temperature": self.temperature},
            {"weights": self.weights, "intercept": self.intercept},
        )

    @classmethod
    def from_parts(cls, parts: Parts) -> LinearHead:
        """What `parts` described."""
        document, arrays = parts.document, parts.arrays
        return cls(
            arrays["weights"],
            arrays["intercept"],
            document["classes"],  # type: ignore[arg-type]
            document["temperature"],  # type: ignore[arg-type]
        )


def softmax(scores: Floats) -> Floats:
    """Rows of probabilities.

    >>> softmax(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def fit_temperature(scores: Floats, targets: NDArray[np.int64]) -> float:
    """The temperature at which the true classes' log-likelihood is highest; 1 without examples.

    scores: shape (texts, classes).  targets: shape (texts,), columns of the true classes.
    """
    from scipy.optimize import minimize_scalar

    if not len(targets):
        return 1.0

    def loss(log_temperature: float) -> float:
        scaled = scores.astype(np.float64) / np.exp(log_temperature)
        top = scaled.max(axis=1)
        total = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
        return float((total - scaled[np.arange(len(targets)), targets]).mean())

    found = minimize_scalar(loss, bounds=(-5.0, 5.0), method="bounded")  # type: ignore[no-untyped-call]
    return float(np.exp(found.x))
