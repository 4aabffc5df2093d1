"""Correct a language model's leaning towards some classes, from examples with known answers.

Small models prefer some labels whatever the input says (Zhao and others, 2021, "Calibrate Before
Use").  A linear map of the class log-probabilities, pulled towards the identity, takes most of that
away; how strongly it is pulled is chosen by cross-validation, so few examples cannot do much harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

Array = NDArray[np.float64]
PULLS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
FOLDS = 5
FLOOR = -12.0  # of a class's log-probability below the best; what is less likely is not told apart


@dataclass(frozen=True)
class Calibration:
    """Class log-probabilities in, probabilities out.

    weights: shape (classes, classes).  bias: shape (classes,).
    """

    weights: tuple[tuple[float, ...], ...]
    bias: tuple[float, ...]

    def probabilities(self, log_mass: Sequence[float]) -> tuple[float, ...]:
        """Corrected probabilities, summing to 1.

        >>> plain = Calibration(((1.0, 0.0), (0.0, 1.0)), (0.0, 0.0))
        >>> [round(p, 3) for p in plain.probabilities([0.0, -1.0])]
        [0.731, 0.269]
        """
        logits = features([log_mass]) @ np.array(self.weights) + np.array(self.bias)
        return tuple(float(p) for p in np.exp(_log_softmax(logits))[0])


def features(log_mass: Sequence[Sequence[float]]) -> Array:
    """Rows relative to their best class, no lower than the floor, centred: (rows, classes)."""
    rows = np.asarray(log_mass, dtype=np.float64)
    rows = np.maximum(rows - rows.max(axis=1, keepdims=True), FLOOR)
    return np.asarray(rows - rows.mean(axis=1, keepdims=True))


def calibrate(log_mass: Sequence[Sequence[float]], truth: Sequence[int]) -> Calibration:
    """Fit the map on rows of class log-probabilities and the positions of the right classes."""
    rows, right = features(log_mass), np.asarray(truth)
    best = min(PULLS, key=lambda pull: _validated_loss(rows, right, pull))
    weights, bias = _fit(rows, right, best)
    return Calibration(
        tuple(tuple(float(w) for w in row) for row in weights), tuple(float(b) for b in bias)
    )


def _validated_loss(rows: Array, right: NDArray[np.int_], pull: float) -> float:
    if len(rows) < 2 * FOLDS:
        return -pull  # too few to validate: stay close to what the model says
    loss = 0.0
    for fold in range(FOLDS):
        held = np.arange(len(rows)) % FOLDS == fold
        weights, bias = _fit(rows[~held], right[~held], pull)
        logp = _log_softmax(rows[held] @ weights + bias)
        loss -= float(logp[np.arange(held.sum()), right[held]].sum())
    return loss


def _fit(rows: Array, right: NDArray[np.int_], pull: float) -> tuple[Array, Array]:
    """Least cross-entropy plus pull/2 times the squared distance from the identity map."""
    count = rows.shape[1]
    aim = np.vstack([np.eye(count), np.zeros(count)])
    inputs = np.hstack([rows, np.ones((len(rows), 1))])
    hot = np.eye(count)[right]
    strength = np.full(aim.shape, pull)
    strength[-1] = pull / 10  # a bias is what most needs correcting

    def objective(flat: Array) -> tuple[float, Array]:
        theta = flat.reshape(aim.shape)
        logp = _log_softmax(inputs @ theta)
        away = theta - aim
        value = -float((hot * logp).sum()) + 0.5 * float((strength * away**2).sum())
        slope = inputs.T @ (np.exp(logp) - hot) + strength * away
        return value, slope.ravel()

    minimize: Any = optimize.minimize  # SciPy carries no types
    found = minimize(objective, aim.ravel(), jac=True, method="L-BFGS-B")
    theta = found.x.reshape(aim.shape)
    return theta[:-1], theta[-1]


def _log_softmax(logits: Array) -> Array:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
