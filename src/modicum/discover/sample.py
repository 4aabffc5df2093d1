"""A uniform sample that may be drawn in parts: the rows with the lowest lots are kept."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

ROWS = 5_000
"""Requests kept of a job."""

_MOST_CHARACTERS = 20_000_000  # kept of one job
_LONGEST = 100_000  # characters of an input that is kept
_WORD = 2**64


@dataclass(frozen=True, slots=True)
class Row:
    """One request as it is written: what varied, and what was answered."""

    inputs: tuple[str, ...]
    answer: str
    model: str | None
    time: float | None
    tokens_in: int | None
    tokens_out: int | None

    def characters(self) -> int:
        """Of inputs and answer together."""
        return sum(map(len, self.inputs)) + len(self.answer)


@dataclass(slots=True)
class Sample:
    """Rows by the lots of their places, the lowest kept (bottom-k; Cohen and Kaplan 2007).

    Which rows are kept depends on the places alone, not on the order in which they are offered.
    limit: lots from here on are not kept; it only falls.
    """

    most: int = ROWS
    limit: int = _WORD
    _held: list[tuple[int, int, Row]] = field(default_factory=list)  # negative lot, place, row
    _characters: int = 0

    def takes(self, place: int) -> bool:
        """Whether a row of this place may be kept."""
        return lot(place) < self.limit

    def offer(self, place: int, row: Row) -> None:
        """Keep the row if its lot is low enough; a very long one never is kept."""
        drawn, size = lot(place), row.characters()
        if drawn >= self.limit or size > _LONGEST:
            return
        heapq.heappush(self._held, (-drawn, place, row))
        self._characters += size
        while len(self._held) > self.most or self._characters > _MOST_CHARACTERS:
            highest, _, gone = heapq.heappop(self._held)
            self._characters -= gone.characters()
            self.limit = -highest

    def merge(self, other: Sample) -> None:
        """Offer what was kept elsewhere."""
        for _, place, row in other._held:
            self.offer(place, row)

    def rows(self) -> list[Row]:
        """What is kept, in the order of the log."""
        return [row for _, _, row in sorted(self._held, key=lambda held: held[1])]


def lot(place: int) -> int:
    """A number below 2^64 that looks drawn (splitmix64; Steele, Lea and Flood 2014).

    >>> lot(1) != lot(2), lot(2**64) == lot(0)
    (True, True)
    """
    z = (place + 1) * 0x9E3779B97F4A7C15 % _WORD
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % _WORD
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % _WORD
    return z ^ (z >> 31)
