"""The one thread a meter may have: it polls sources that need it while a window is open."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence

from modicum.metering.source import Source


class Keeper:
    """Polls each source with a period while at least one window is open."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = [s for s in sources if s.period_s is not None]
        self._open = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether the thread is there."""
        return self._thread is not None and self._thread.is_alive()

    def enter(self) -> None:
        """A window opened."""
        if not self._sources:
            return
        with self._lock:
            self._open += 1
            if not self.running:  # also after a fork, which leaves threads behind
                self._stop = threading.Event()
                self._thread = threading.Thread(
                    target=self._run, args=(self._stop,), name="modicum-meter", daemon=True
                )
                self._thread.start()

    def leave(self) -> None:
        """A window closed."""
        if not self._sources:
            return
        with self._lock:
            self._open = max(0, self._open - 1)
            if self._open == 0:
                self._stop.set()
                self._thread = None

    def _run(self, stop: threading.Event) -> None:
        period = min(s.period_s for s in self._sources if s.period_s is not None)
        while not stop.wait(period):
            for source in self._sources:
                with contextlib.suppress(Exception):  # a source may be anybody's: keep polling
                    source.poll()
