"""The usual value of a stream: what most of the last few were, so that a stray one changes nothing.

Callers of one task may send different prompts, and some put the date into theirs.  Only a value
that more than half of the last `window` had is the usual one, and only another usual one is news.
"""

from __future__ import annotations

from collections import Counter, deque

WINDOW, LEAST = 50, 20


class Usual:
    """What most of the last `window` values were; None before `least` came, or without a majority.

    >>> usual = Usual(window=4, least=2)
    >>> [usual.add(value) for value in "aababbb"]
    [None, 'a', 'a', 'a', None, 'b', 'b']
    """

    def __init__(self, window: int = WINDOW, least: int = LEAST) -> None:
        self.least = least
        self._last: deque[str] = deque(maxlen=window)
        self._counts: Counter[str] = Counter()

    def add(self, value: str) -> str | None:
        """Take a value in; returns the usual one now."""
        if len(self._last) == self._last.maxlen:
            self._drop(self._last[0])
        self._last.append(value)
        self._counts[value] += 1
        if len(self._last) < self.least:
            return None
        found, count = self._counts.most_common(1)[0]
        return found if 2 * count > len(self._last) else None

    def _drop(self, value: str) -> None:
        self._counts[value] -= 1
        if not self._counts[value]:
            del self._counts[value]
