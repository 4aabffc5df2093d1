"""What an answer is worth at a score: a rising curve fitted on tune, read as confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modicum.errors import MissingExtraError

_FEWEST = 20  # tune examples below which a curve says more of chance than of the score


@dataclass(frozen=True)
class Worth:
    """Expected 1 - loss at a score, by isotonic regression (Zadrozny and Elkan 2002).

    scores, worth: the corners of the curve, both rising; between them it is straight.  Without
    corners the score itself, held to [0, 1], is the confidence.
    """

    scores: tuple[float, ...] = ()
    worth: tuple[float, ...] = ()

    @classmethod
    def fit(cls, scores: Sequence[float], losses: Sequence[float]) -> Worth:
        """Learn the curve from scores of answers and their losses in [0, 1]."""
        if len(scores) < _FEWEST:
            return cls()
        try:
            from sklearn.isotonic import IsotonicRegression
        except ImportError as error:
            raise MissingExtraError("calibrated confidences", "size") from error
        curve = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")  # type: ignore[no-untyped-call]
        curve.fit(np.asarray(scores), 1.0 - np.asarray(losses))
        corners = zip(curve.X_thresholds_.tolist(), curve.y_thresholds_.tolist(), strict=True)
        x, y = zip(*corners, strict=True)
        return cls(tuple(x), tuple(y))

    def of(self, scores: Sequence[float] | np.ndarray) -> list[float]:
        """The confidence at each score.

        >>> Worth((0.0, 1.0), (0.2, 0.6)).of([0.5, 2.0])
        [0.4, 0.6]
        """
        given = np.asarray(scores, dtype=np.float64)
        if not self.scores:
            return [float(s) for s in np.clip(given, 0.0, 1.0)]
        return [float(v) for v in np.interp(given, self.scores, self.worth)]

    def document(self) -> dict[str, object]:
        """Plain data."""
        return {"scores": self.scores, "worth": self.worth}

    @classmethod
    def from_document(cls, plain: object) -> Worth:
        """Read what `document` wrote; raises TypeError or KeyError for anything else."""
        if not isinstance(plain, dict):
            raise TypeError("worth is not an object")
        return cls(tuple(map(float, plain["scores"])), tuple(map(float, plain["worth"])))
