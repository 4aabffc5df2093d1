"""Multinomial logistic regression by L-BFGS, on sparse or dense features.

scikit-learn's solver takes minutes where features are dense, correlated and on many scales (pooled
word vectors, 77 classes); this one scales them first, starts each strength from the last one's
solution, and stops when the gradient no longer matters to any answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float32]
    Matrix = csr_array | Floats

_MOST_STEPS = 300
_GRADIENT = 5e-5  # largest of the mean log-likelihood; tighter changed no answer in a thousand


class SoftmaxRegression:
    """Minimises |W|^2 / (2 C n) + mean negative log-likelihood for one strength C after another.

    features: shape (n, width).  targets: shape (n,), columns of the true classes.
    """

    def __init__(self, features: Matrix, targets: NDArray[np.int64], classes: int) -> None:
        self._targets, self._classes = targets, classes
        self._mean, self._scale = _moments(features)
        self._features = features
        if isinstance(features, np.ndarray):
            self._features = (features - self._mean) / self._scale
        self._start = np.zeros((features.shape[1] + 1) * classes)

    def fit(self, strength: float) -> tuple[Floats, Floats]:
        """Weights, shape (width, classes), and intercepts for features as they were given."""
        from scipy.optimize import minimize

        found = minimize(  # type: ignore[no-untyped-call]
            self._loss,
            self._start,
            args=(1 / (strength * len(self._targets)),),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": _MOST_STEPS, "gtol": _GRADIENT, "maxcor": 10},
        )
        self._start = found.x
        solved = found.x.reshape(-1, self._classes).astype(np.float32)
        weights = solved[:-1] / self._scale[:, None]
        return weights, solved[-1] - self._mean @ weights

    def _loss(self, flat: NDArray[np.float64], decay: float) -> tuple[float, NDArray[np.float64]]:
        solved = flat.reshape(-1, self._classes)
        weights = solved[:-1]
        scores = self._features @ weights.astype(np.float32) + solved[-1].astype(np.float32)
        scores -= scores.max(axis=1, keepdims=True)
        rows = np.arange(len(scores))
        true = scores[rows, self._targets]
        powers = np.exp(scores)
        total = powers.sum(axis=1)
        loss = float((np.log(total) - true).mean(dtype=np.float64))
        powers /= total[:, None]
        powers[rows, self._targets] -= 1
        powers /= len(powers)
        gradient = np.empty_like(solved)
        gradient[:-1] = self._features.T @ powers + decay * weights
        gradient[-1] = powers.sum(axis=0)
        return loss + decay / 2 * float((weights * weights).sum()), gradient.ravel()


def _moments(features: Matrix) -> tuple[Floats, Floats]:
    """Mean and spread of each column; 0 and 1 for a sparse matrix, which keeps it sparse."""
    if not isinstance(features, np.ndarray):
        width = features.shape[1]
        return np.zeros(width, np.float32), np.ones(width, np.float32)
    spread = features.std(axis=0)
    return features.mean(axis=0), np.where(spread > 1e-6, spread, 1).astype(np.float32)
