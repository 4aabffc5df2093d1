"""When a stage's answer is kept: thresholds on its confidence, one a class where data suffice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from modicum.errors import ArtefactError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ENOUGH = 25
"""Answers of one class from which it gets a threshold of its own; also how many imagined answers
without a difference pull its threshold towards the common one (a ridge of that weight)."""

ALWAYS, NEVER = 0.0, 2.0
"""Thresholds below and above every confidence."""


@dataclass(frozen=True)
class Threshold:
    """The confidence from which an answer is kept: `classes` for some answers, else `common`.

    >>> Threshold(0.9, {"yes": 0.5}).keeps("yes", 0.6), Threshold(0.9).keeps("no", None)
    (True, False)
    """

    common: float
    classes: Mapping[str, float] = field(default_factory=dict)

    def keeps(self, value: str | None, confidence: float | None) -> bool:
        """Whether the answer stands; one that is missing or of unknown confidence does not."""
        if value is None or confidence is None:
            return False
        return confidence >= self.classes.get(value, self.common)

    def plain(self) -> dict[str, object]:
        """Plain data."""
        return {"common": self.common, "classes": dict(self.classes)}

    @classmethod
    def from_plain(cls, plain: object) -> Threshold:
        """Read what `plain` wrote; raises ArtefactError."""
        try:
            classes = {str(k): float(v) for k, v in plain["classes"].items()}  # type: ignore[index]
            return cls(float(plain["common"]), classes)  # type: ignore[index]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ArtefactError(f"a threshold is {plain!r:.60}: fit the candidate again") from error


@dataclass(frozen=True)
class Deferral:
    """What handing an answer on gains, as a model of the answer's class and confidence.

    The confidence is calibrated first: P(right) is logistic in its log-odds (Platt 1999,
    "Probabilistic outputs for support vector machines").  The expected gain, own loss minus the
    loss of what comes after, is then linear in P(right), with an offset for each class that has
    `ENOUGH` answers.  Handing on what gains most per cost is the best rule there is for a cascade
    of two (Jitkrittum et al. 2023, "When does confidence-based cascade deferral suffice?").
    """

    intercept: float
    slope: float
    gain_intercept: float
    gain_slope: float
    offsets: Mapping[str, float]

    @classmethod
    def fit(
        cls,
        values: Sequence[str | None],
        confidence: Sequence[float | None],
        losses: Floats,
        after: Floats,
    ) -> Deferral:
        """losses: the stage's own; after: of what an answer that is handed on comes to."""
        known = [
            i
            for i, (v, c) in enumerate(zip(values, confidence, strict=True))
            if v is not None and c is not None
        ]
        odds = log_odds([confidence[i] for i in known])
        own, gain = losses[known], losses[known] - after[known]
        intercept, slope = platt(odds, 1.0 - own)
        right = sigmoid(intercept + slope * odds)
        named = [values[i] for i in known]
        counted = Counter(named)
        many = sorted(str(c) for c, count in counted.items() if count >= ENOUGH)
        columns = [np.ones(len(known)), right, *([n == c for n in named] for c in many)]
        design = np.column_stack([np.asarray(column, np.float64) for column in columns])
        ridge = np.diag([1e-6, 1e-6, *(float(ENOUGH),) * len(many)])
        found = np.linalg.solve(design.T @ design + ridge, design.T @ gain)
        # a slope above zero would hand on the surest answers first: then confidence says nothing
        flat = found[1] >= 0
        level = float(gain.mean()) if flat and len(gain) else float(found[0])
        return cls(
            intercept,
            slope,
            level,
            0.0 if flat else float(found[1]),
            {} if flat else dict(zip(many, found[2:].tolist(), strict=True)),
        )

    def gains(self, values: Sequence[str | None], confidence: Sequence[float | None]) -> Floats:
        """The expected gain of handing each answer on; infinite where there is no answer."""
        right = sigmoid(self.intercept + self.slope * log_odds(confidence))
        offset = np.array([self.offsets.get(v or "", 0.0) for v in values])
        found = self.gain_intercept + self.gain_slope * right + offset
        lost = [v is None or c is None for v, c in zip(values, confidence, strict=True)]
        return np.where(lost, np.inf, found)

    def threshold(self, price: float) -> Threshold:
        """Keep what would gain less than `price`."""
        return Threshold(
            self._cut(price, 0.0), {c: self._cut(price, o) for c, o in self.offsets.items()}
        )

    def _cut(self, price: float, offset: float) -> float:
        level = self.gain_intercept + offset - price
        if self.gain_slope == 0.0:
            return ALWAYS if level <= 0 else NEVER
        right = -level / self.gain_slope
        if not 0.0 < right < 1.0:
            return ALWAYS if right <= 0 else NEVER
        return float(sigmoid((np.log(right / (1 - right)) - self.intercept) / self.slope))


def platt(odds: Floats, right: Floats) -> tuple[float, float]:
    """Intercept and slope of the logistic P(right | log-odds), the slope above zero.

    `right` may lie between 0 and 1.  Found by Newton's method; a prior of two imagined answers,
    one right and one wrong, at the middle keeps it finite (Platt 1999 smooths the targets).

    >>> platt(np.array([-2.0, 0.0, 2.0] * 50), np.array([0.12, 0.5, 0.88] * 50))[1] > 0.9
    True
    """
    if not len(odds):
        return 0.0, 1.0
    middle = float(np.median(odds))
    x = np.column_stack([np.ones(len(odds) + 2), [*odds, middle, middle]])
    y = np.array([*right, 0.0, 1.0])
    found = np.zeros(2)
    for _ in range(50):
        p = sigmoid(x @ found)
        hessian = (x * (p * (1 - p))[:, None]).T @ x + 1e-3 * np.eye(2)
        step = np.linalg.solve(hessian, x.T @ (y - p) - 1e-3 * (found - [0.0, 1.0]))
        found = found + np.clip(step, -2.0, 2.0)
        if float(np.abs(step).max()) < 1e-9:
            break
    return float(found[0]), max(float(found[1]), 1e-3)


def log_odds(confidence: Sequence[float | None]) -> Floats:
    """Log-odds of confidences, unknown ones as 0.5."""
    filled = np.array([0.5 if c is None else c for c in confidence], np.float64)
    inside = np.clip(filled, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inside / (1 - inside)))


def sigmoid(x: Floats | float) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * np.asarray(x))))
