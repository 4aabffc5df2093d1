"""The first and the last moment of a log."""

from __future__ import annotations

from dataclasses import dataclass

_EARLIEST = 1_577_836_800.0
"""1 January 2020: no API of a large language model was open before (OpenAI's came in June), so an
earlier time is a clock that was not set, and would make a month of decades."""


@dataclass(slots=True)
class Times:
    """Seconds since 1970; None where no time is known."""

    first: float | None = None
    last: float | None = None

    def see(self, time: float | None) -> None:
        """Take note of when a request was made."""
        if time is None or time < _EARLIEST:
            return
        self.first = time if self.first is None else min(self.first, time)
        self.last = time if self.last is None else max(self.last, time)

    def merge(self, other: Times) -> None:
        """Take note of what was seen elsewhere."""
        self.see(other.first)
        self.see(other.last)

    @property
    def days(self) -> float | None:
        """Days between the first and the last request, None where that is not known."""
        if self.first is None or self.last is None or self.last <= self.first:
            return None
        return (self.last - self.first) / 86_400
