"""SIGINT and SIGTERM, waited for without a lock.

A handler runs in the middle of whatever the main thread does.  `threading.Event.set` there
waits for ever where the main thread is just inside `wait` and holds the event's lock.
"""

from __future__ import annotations

import signal
import time
from types import FrameType

STEP_S = 0.05
"""Seconds until a signal is noticed."""


class StopSignal:
    """Whether somebody asked this process to stop."""

    def __init__(self) -> None:
        self.asked = False

    def listen(self) -> None:
        """Take both signals from now on; only in the main thread."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def wait(self, seconds: float) -> bool:
        """Wait until it was asked, `seconds` at most; returns whether it was."""
        until = time.monotonic() + seconds
        while not self.asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, STEP_S))
        return self.asked

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True
