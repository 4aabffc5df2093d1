"""Ctrl-C that is never lost.

A library that is interrupted in the middle (an import, a call into C) may turn KeyboardInterrupt
into an error of its own; the flag remembers what really happened.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self


class CatchInterrupt:
    """While entered, Ctrl-C raises KeyboardInterrupt as ever and is remembered as `happened`."""

    def __init__(self) -> None:
        self.happened = False
        self._before: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: object, _trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def __call__(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self.happened

    def _handle(self, _signal: int, _frame: FrameType | None) -> None:
        self.happened = True
        raise KeyboardInterrupt
