"""Live proof: that disagreement on live traffic is small enough, and how much is missing."""

from __future__ import annotations

import math

import numpy as np

from modicum.stats.betting import BettingProcess
from modicum.watch.audit import Audit

_MOST = 1_000_000


class LiveProof:
    """A betting test of H0: live disagreement >= `limit`, read whenever one likes.

    The limit is the judge split's upper bound plus the margin for a candidate proven adequate
    there, so a rejection says that live traffic disagrees at most a margin more than was judged.
    For any other candidate it is the margin itself: an answer that agrees with the reference's
    costs nothing beside it, so disagreement below the margin proves adequacy without any label.

    >>> proof = LiveProof(limit=0.12, alpha=0.05)
    >>> from modicum.watch.audit import Audit, Choice
    >>> for _ in range(40):
    ...     proof.add(Audit("shadow", 0.0, Choice(0.1, 0.1)))
    >>> proof.proven, proof.more_needed
    (True, 0)
    """

    def __init__(self, limit: float, alpha: float) -> None:
        self.limit, self.alpha = limit, alpha
        self._process = BettingProcess(limit, 0.0, 1.0)
        self._sum = self._weight = 0.0
        self.audits = 0
        self._new: list[float] = []

    def add(self, audit: Audit) -> None:
        """Bet on one audit (not on gold labels: they say something else)."""
        if audit.kind in ("gold", "label"):
            return
        weight = audit.choice.thinning
        self.audits += 1
        self._sum, self._weight = self._sum + weight * audit.loss, self._weight + weight
        self._new.append(self.limit + weight * (audit.loss - self.limit))

    @property
    def rate(self) -> float | None:
        """Weighted mean loss of the audits; None before any."""
        return self._sum / self._weight if self._weight else None

    def _settled(self) -> BettingProcess:
        """The process with everything bet that came since it was last read: together is faster."""
        if self._new:
            self._process.update(np.array(self._new)[:, None])
            self._new.clear()
        return self._process

    @property
    def proven(self) -> bool:
        """Whether the null was ever rejected at alpha."""
        return float(self._settled().log_peak[0]) >= -math.log(self.alpha)

    @property
    def more_needed(self) -> int | None:
        """About how many audits more at the present rate; None where no number would do.

        The rate has half a disagreement added, so that a few agreements do not promise too much.
        """
        if self.proven:
            return 0
        if not self._weight:
            return None
        rate = (self._sum + 0.5) / (self._weight + 1)
        few, many = 0, _MOST
        if not self._enough(rate, many):
            return None
        while many - few > 1:
            middle = (few + many) // 2
            few, many = (few, middle) if self._enough(rate, middle) else (middle, many)
        return many

    def _enough(self, rate: float, count: int) -> bool:
        return float(self._settled().expected(rate, count)[0]) >= -math.log(self.alpha)
