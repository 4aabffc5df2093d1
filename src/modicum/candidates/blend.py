"""Several heads on the same texts, blended into one.

A weighted sum of calibrated log-probabilities (a logarithmic opinion pool; Genest and Zidek 1986,
"Combining probability distributions") is, up to a constant for each text, linear in the features:
the blend of linear heads is one linear head and costs nothing more to ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from modicum.candidates.head import LinearHead, fit_temperature
from modicum.candidates.training import Kind, Labelled, Trial, fit_head, losses, targets_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_STEPS = 8  # shares are eighths


@dataclass(frozen=True)
class Blend:
    """Heads with their strengths, the share of each, and the temperature of the whole."""

    kinds: tuple[Kind, ...]
    trials: tuple[Trial, ...]
    shares: tuple[float, ...]
    temperature: float

    @classmethod
    def fit(
        cls,
        kinds: Sequence[Kind],
        views: Sequence[Labelled],
        held: Sequence[Labelled],
        classes: Sequence[str],
        *,
        seed: int,
        strength: float = 0.0,
    ) -> Blend:
        """A head of each kind for each view of fit; `held` are the same views of tune."""
        trials = tuple(
            fit_head(kind, view, tune, classes, seed=seed, strength=strength)
            for kind, view, tune in zip(kinds, views, held, strict=True)
        )
        scores = [calibrated(trial.head, tune) for trial, tune in zip(trials, held, strict=True)]
        shares, temperature = choose_shares(scores, targets_of(held[0].references, classes))
        return cls(tuple(kinds), trials, shares, temperature)

    def refit(self, views: Sequence[Labelled], *, seed: int) -> Blend:
        """Everything chosen stays; the weights are learned from `views`."""
        trials = tuple(_again(*of, seed) for of in zip(self.trials, self.kinds, views, strict=True))
        return replace(self, trials=trials)

    @property
    def head(self) -> LinearHead:
        """The one head that all of them make."""
        return blend_heads([t.head for t in self.trials], self.shares, self.temperature)


def calibrated(head: LinearHead, data: Labelled) -> Floats:
    """The scores of `data` at the head's temperature, shape (texts, classes)."""
    return np.asarray((data.features @ head.weights + head.intercept) / head.temperature)


def _again(trial: Trial, kind: Kind, data: Labelled, seed: int) -> Trial:
    none = Labelled(data.features[:0], ())
    again = fit_head(kind, data, none, trial.head.classes, seed=seed, strength=trial.strength)
    again.head.temperature = trial.head.temperature
    return again


def choose_shares(
    scores: Sequence[Floats], targets: NDArray[np.int64]
) -> tuple[tuple[float, ...], float]:
    """The shares (summing to 1) with the least log loss, and the temperature of their blend.

    Shares are equal where there is nothing to choose by.

    scores: for each head, calibrated scores of shape (texts, classes).
    """
    equal = (1 / len(scores),) * len(scores)
    if not len(targets):
        return equal, 1.0
    best = min(_simplex(len(scores)), key=lambda shares: losses(_mix(scores, shares), targets))
    return best, fit_temperature(_mix(scores, best), targets)


def blend_heads(
    heads: Sequence[LinearHead], shares: Sequence[float], temperature: float
) -> LinearHead:
    """One head over the heads' features, stacked in their order."""
    parts = [share / head.temperature for share, head in zip(shares, heads, strict=True)]
    return LinearHead(
        np.concatenate([head.weights * part for head, part in zip(heads, parts, strict=True)]),
        np.sum([head.intercept * part for head, part in zip(heads, parts, strict=True)], axis=0),
        heads[0].classes,
        temperature,
    )


def _simplex(count: int, left: int = _STEPS) -> Iterator[tuple[float, ...]]:
    """All shares of `count` heads in eighths.

    >>> len(list(_simplex(2))), sum(next(_simplex(3)))
    (9, 1.0)
    """
    if count == 1:
        yield (left / _STEPS,)
        return
    for part in range(left + 1):
        for rest in _simplex(count - 1, left - part):
            yield (part / _STEPS, *rest)


def _mix(scores: Sequence[Floats], shares: Sequence[float]) -> Floats:
    return np.asarray(sum(s * share for s, share in zip(scores, shares, strict=True)))
