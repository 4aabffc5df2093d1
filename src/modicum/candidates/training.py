"""Fitting linear heads: the strength of regularisation climbs a short ladder, judged on tune."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from modicum.candidates.head import NEVER, LinearHead, fit_temperature, softmax
from modicum.candidates.protocol import Examples
from modicum.candidates.softmax_regression import SoftmaxRegression
from modicum.errors import CandidateError, MissingExtraError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float32]
    Matrix = csr_array | Floats
    Solve = Callable[[float], tuple[Floats, Floats]]

Kind = Literal["logistic", "svm"]
_SPARSE_LADDERS: dict[Kind, tuple[float, ...]] = {
    "logistic": (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0),
    "svm": (0.03, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0),
}
_DENSE_LADDER = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


@dataclass(frozen=True)
class Labelled:
    """Features, shape (texts, width), with their reference answers."""

    features: Matrix
    references: tuple[str, ...]


def check_fit(recipe: str, fit: Examples) -> None:
    """Raise CandidateError unless there are two classes to tell apart."""
    seen = set(fit.references)
    if len(seen) < 2:
        raise CandidateError(
            f"recipe {recipe!r} got fit examples of {len(seen)} class: give at least two classes"
        )


@dataclass(frozen=True)
class Trial:
    """A head at one strength (C), and its losses on tune: log loss, then error rate."""

    head: LinearHead
    strength: float
    losses: tuple[float, float]


def fit_head(
    kind: Kind,
    fit: Labelled,
    tune: Labelled,
    classes: Sequence[str],
    *,
    seed: int,
    strength: float = 0.0,
) -> Trial:
    """A head fitted on `fit`; its temperature, and its strength where 0 is given, chosen on `tune`.

    Without tune examples the strength is the middle of the ladder and the temperature 1.
    """
    ladder = _DENSE_LADDER if isinstance(fit.features, np.ndarray) else _SPARSE_LADDERS[kind]
    solve = _solver(kind, fit, classes, seed)
    targets = targets_of(tune.references, classes)

    def fitted(c: float) -> Trial:
        head = solve(c)
        scores = _scores(head, tune)
        head.temperature = fit_temperature(scores, targets)
        return Trial(head, c, losses(scores / head.temperature, targets))

    if strength or not len(targets):
        return fitted(strength or ladder[len(ladder) // 2])
    return climb(fitted, ladder)


def climb(fitted: Callable[[float], Trial], ladder: Sequence[float]) -> Trial:
    """The best trial met while walking from the middle of `ladder` up, or else down.

    A walk ends at the first rung that is no better, so that two to four fits are the rule.
    """
    middle = len(ladder) // 2
    start = fitted(ladder[middle])
    best = _walk(fitted, start, ladder[middle + 1 :])
    return best if best is not start else _walk(fitted, start, ladder[:middle][::-1])


def _walk(fitted: Callable[[float], Trial], best: Trial, rungs: Sequence[float]) -> Trial:
    for strength in rungs:
        trial = fitted(strength)
        if trial.losses >= best.losses:
            break
        best = trial
    return best


def _scores(head: LinearHead, data: Labelled) -> Floats:
    return np.asarray(data.features @ head.weights + head.intercept)


def _solver(
    kind: Kind, data: Labelled, classes: Sequence[str], seed: int
) -> Callable[[float], LinearHead]:
    """Strength to head.  Only classes that `data` has are learned; the others score `NEVER`."""
    seen = sorted(set(data.references))
    targets = targets_of(data.references, seen)
    solve = _logistic(data, targets) if kind == "logistic" else _svm(data, targets, seed)
    columns = [classes.index(name) for name in seen]

    def solved(strength: float) -> LinearHead:
        learned, intercepts = solve(strength)
        weights = np.zeros((len(learned), len(classes)), np.float32)
        intercept = np.full(len(classes), NEVER, np.float32)
        weights[:, columns], intercept[columns] = learned, intercepts
        return LinearHead(weights, intercept, classes)

    return solved


def _logistic(data: Labelled, targets: NDArray[np.int64]) -> Solve:
    return SoftmaxRegression(data.features, targets, int(targets.max()) + 1).fit


def _svm(data: Labelled, targets: NDArray[np.int64], seed: int) -> Solve:
    try:
        from sklearn.svm import LinearSVC
    except ImportError as error:
        raise MissingExtraError("linear support vector machines", "size") from error

    def solve(strength: float) -> tuple[Floats, Floats]:
        model = LinearSVC(C=strength, max_iter=5000, random_state=seed)  # type: ignore[no-untyped-call]
        model.fit(data.features, targets)
        weights, intercepts = np.asarray(model.coef_.T), np.asarray(model.intercept_)
        if weights.shape[1] == 1:  # of two classes it fits the second; halves keep the sigmoid
            weights = np.concatenate([-weights, weights], axis=1) / 2
            intercepts = np.concatenate([-intercepts, intercepts]) / 2
        return weights, intercepts

    return solve


def targets_of(references: Sequence[str], classes: Sequence[str]) -> NDArray[np.int64]:
    """The column of each example's reference, shape (texts,)."""
    column = {name: i for i, name in enumerate(classes)}
    return np.array([column[name] for name in references], np.int64)


def losses(scores: Floats, targets: NDArray[np.int64]) -> tuple[float, float]:
    """Mean log loss of calibrated scores, then the error rate; zeros without examples.

    The log loss comes first because it is a proper score that moves with every example, where the
    error rate of a few hundred moves by luck (Gneiting and Raftery 2007, "Strictly proper scoring
    rules, prediction, and estimation").
    """
    if not len(targets):
        return 0.0, 0.0
    likelihood = softmax(scores)[np.arange(len(targets)), targets]
    log_loss = -np.log(np.maximum(likelihood, 1e-12)).mean(dtype=np.float64)
    return float(log_loss), float((scores.argmax(axis=1) != targets).mean())
