"""Deadlines that are looked at together: setting one costs an assignment, not a timer."""

from __future__ import annotations

import asyncio
import math
from typing import Protocol

TICK_S = 0.25
"""How late a deadline may be noticed; every bound it keeps is a second or more by default."""
NEVER = math.inf


class Timed(Protocol):
    """Something with a deadline: `due` in the loop's own time, NEVER where there is none."""

    due: float

    def expire(self) -> None:
        """Called once, soon after `due`."""


class Ticker:
    """Watches any number of deadlines of one event loop with one timer, while there are any."""

    def __init__(self, tick_s: float = TICK_S) -> None:
        self.tick_s = tick_s
        self._watched: set[Timed] = set()
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, each: Timed) -> None:
        """Look at its deadline from now on, however often it is changed."""
        self._watched.add(each)
        if self._timer is None:
            self._again()

    def forget(self, each: Timed) -> None:
        """Look at it no more."""
        self._watched.discard(each)

    def _again(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self.tick_s, self._tick)

    def _tick(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        for each in [each for each in self._watched if each.due <= now]:
            each.due = NEVER
            each.expire()
        if self._watched:
            self._again()
