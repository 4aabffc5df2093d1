"""Promotion: what share of the traffic the small candidate answers, and when that changes."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from modicum.errors import DecisionError

STEPS = (0.05, 0.25, 0.5, 1.0)
AUDITS_PER_STEP = 100

MoveKind = Literal["shadow", "serving", "canary", "done", "rollback"]
"""The first two are what `serve` was told; the others came of a promotion."""
Policy = Literal["fall-back", "report"]
"""On an alarm: answer everything with the reference, or only say so."""


@dataclass(frozen=True, slots=True)
class Move:
    """The share of traffic from here on, and why."""

    kind: MoveKind
    share: float
    reason: str


@dataclass(frozen=True)
class Plan:
    """The steps of a promotion.

    Each step lasts until `audits` audits were made in it without an alarm.  The guard is the
    watch's own test: its error rate covers every audit from the first, so looking at each step
    costs nothing more.
    """

    steps: tuple[float, ...] = STEPS
    audits: int = AUDITS_PER_STEP

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in zip(self.steps, self.steps[1:], strict=False))
        if not self.steps or not rising or self.steps[0] <= 0 or self.steps[-1] != 1.0:
            raise DecisionError(f"promotion steps {self.steps}: rising shares that end with 1")
        if self.audits < 1:
            raise DecisionError(f"{self.audits} audits a step: give at least one")

    @classmethod
    def starting_at(cls, canary: float, audits: int = AUDITS_PER_STEP) -> Plan:
        """The usual steps above a first one.

        >>> Plan.starting_at(0.1).steps
        (0.1, 0.25, 0.5, 1.0)
        """
        if not 0 < canary <= 1:
            raise DecisionError(f"a canary of {canary:g}: give a share above 0 and up to 1")
        return cls((canary, *(s for s in STEPS if s > canary)), audits)

    @classmethod
    def parse(cls, text: str) -> Plan:
        """Read what `str` wrote.

        >>> Plan.parse(str(Plan())) == Plan()
        True
        """
        shares, _, audits = text.partition(";")
        return cls(tuple(float(s) for s in shares.split(",")), int(audits))

    def __str__(self) -> str:
        return ",".join(f"{s:g}" for s in self.steps) + f";{self.audits}"

    @staticmethod
    def told(kind: str | None, *, shadow: bool) -> Move | None:
        """The move that `serve` makes when it starts; None where the last one, `kind`, stands.

        A promotion, or what became of it, outlives a restart; a plain start does not.
        """
        wanted: MoveKind = "shadow" if shadow else "serving"
        if kind in ("canary", "done", "rollback", wanted):
            return None
        return Move(wanted, 0.0 if shadow else 1.0, "as served")

    def start(self) -> Move:
        """The first step."""
        return self._to(self.steps[0], "asked for")

    def next_move(
        self, share: float, audits: int, alarms: Sequence[str], *, stale: bool = False
    ) -> Move | None:
        """What to do at `share` after `audits` audits in this step; None is to wait.

        alarms: in words; any of them rolls back.  A stale decision goes no further.
        """
        if share <= 0:
            return None
        if alarms:
            return Move("rollback", 0.0, "; ".join(alarms))
        if stale or share >= 1 or audits < self.audits:
            return None
        after = next(s for s in self.steps if s > share)
        return self._to(after, f"{audits} audits at {share:.0%} without an alarm")

    @staticmethod
    def _to(share: float, reason: str) -> Move:
        return Move("done" if share >= 1 else "canary", share, reason)


def goes_small(key: str | bytes, share: float) -> bool:
    """Whether the request or session of this key is answered small; growing shares keep theirs.

    >>> all(goes_small(k, 0.5) for k in map(str, range(500)) if goes_small(k, 0.05))
    True
    """
    if share >= 1:
        return True
    raw = key if isinstance(key, bytes) else key.encode("utf-8", "surrogatepass")
    return zlib.crc32(raw) < share * 2**32
