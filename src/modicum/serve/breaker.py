"""A circuit breaker: an address that keeps failing is left alone for a while."""

from __future__ import annotations

from collections.abc import Callable


class Breaker:
    """Closed, open after `failures` in a row, then one probe after `pause_s`.

    >>> now = [0.0]
    >>> breaker = Breaker(2, 5.0, lambda: now[0])
    >>> breaker.failed(); breaker.failed(); breaker.allows()
    False
    >>> now[0] = 6.0; breaker.allows(), breaker.allows()
    (True, False)
    >>> breaker.succeeded(); breaker.allows()
    True
    """

    def __init__(self, failures: int, pause_s: float, clock: Callable[[], float]) -> None:
        self.failures, self.pause_s, self.clock = failures, pause_s, clock
        self.in_a_row = 0
        self.open_until: float | None = None

    def allows(self) -> bool:
        """Whether a request may go; the first after a pause is the probe, others wait for it."""
        if self.open_until is None:
            return True
        now = self.clock()
        if now < self.open_until:
            return False
        self.open_until = now + self.pause_s
        return True

    def succeeded(self) -> None:
        """Close it."""
        self.in_a_row, self.open_until = 0, None

    def failed(self) -> None:
        """Count a failure, and open it when there were enough."""
        self.in_a_row += 1
        if self.in_a_row >= self.failures:
            self.open_until = self.clock() + self.pause_s
