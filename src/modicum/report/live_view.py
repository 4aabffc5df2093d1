"""What the live page is drawn from: today's requests as figures, and the state of each watch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modicum.ledger.period import Period

State = Literal["serving", "canary", "shadow", "alarm", "stale", "unwatched"]


@dataclass(frozen=True, slots=True)
class StreamShown:
    """One tested stream: all requests, gold labels, or a slice.

    rate: mean audited loss, None before the first audit.  nearness: 0 is no evidence, 1 an alarm.
    """

    name: str
    audits: int
    rate: float | None
    bound: float
    nearness: float
    alarmed: bool


@dataclass(frozen=True, slots=True)
class WatchShown:
    """The watch of one task; `said` is its evidence in words."""

    task: str
    candidate: str
    reference: str
    state: State
    traffic: str
    said: str
    stale: str
    streams: tuple[StreamShown, ...]


@dataclass(frozen=True, slots=True)
class LiveView:
    """The whole page; `at` is when it was drawn, in words."""

    today: Period
    watches: tuple[WatchShown, ...]
    at: str

    def watch(self, task: str) -> WatchShown | None:
        """The watch of a task, if there is one."""
        return next((w for w in self.watches if w.task == task), None)
