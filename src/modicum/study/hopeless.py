"""When to stop asking a candidate on tune: once it is shown to be worse than the margin allows."""

from __future__ import annotations

import math

from modicum.stats.betting import BettingProcess
from modicum.study.asking import Asked

LEVEL = 0.05
"""Chance that an adequate candidate is ever called hopeless."""

JUDGED_ANYWAY = 100
"""Judge examples a hopeless candidate is asked all the same, so that its loss can be shown."""


class Hopeless:
    """Tests H0: the candidate is adequate (mean difference at most margin) as answers come in.

    A betting e-process, so looking after every batch costs nothing (Waudby-Smith and Ramdas 2024).
    `reference` holds the reference's losses on the same rows, in the same order.
    """

    def __init__(self, reference: Asked, margin: float) -> None:
        self.reference, self.margin = reference, margin
        self._process = BettingProcess(null=-margin, low=-1.0, high=1.0)

    def __call__(self, asked: Asked) -> bool:
        """Whether the answers so far show it to be hopeless."""
        import numpy as np

        seen = self._process.count
        until = min(len(asked.losses), len(self.reference.losses))
        one = np.array(asked.losses[seen:until])
        other = np.array(self.reference.losses[seen:until])
        self._process.update((other - one)[:, None])
        return self.e_value >= 1 / LEVEL

    @property
    def e_value(self) -> float:
        """The largest e-value on the way."""
        return math.exp(min(float(self._process.log_peak[0]), 700.0))

    @property
    def count(self) -> int:
        """How many pairs were looked at."""
        return self._process.count


def never(_: Asked) -> bool:
    """For candidates that are asked to the end."""
    return False
