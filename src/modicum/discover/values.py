"""Distinct values with their counts, and which of them are labels."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

COVER = 0.97
"""Share of the answers that labels must cover."""

_MOST_DISTINCT = 2_000  # values remembered; a job with more is not one of labels
_MOST_LABELS = 200


@dataclass
class Values:
    """Distinct values with their counts, up to a number of them."""

    counts: Counter[str] = field(default_factory=Counter)
    other: int = 0

    def add(self, value: str) -> None:
        """Count one value."""
        if value in self.counts or len(self.counts) < _MOST_DISTINCT:
            self.counts[value] += 1
        else:
            self.other += 1

    def merge(self, other: Values) -> None:
        """Add what was counted elsewhere."""
        for value, times in other.counts.items():
            if value in self.counts or len(self.counts) < _MOST_DISTINCT:
                self.counts[value] += times
            else:
                self.other += times
        self.other += other.other

    def labels(self) -> dict[str, int]:
        """The values that cover nearly all, commonest first; none where they are too many.

        A label is seen more than once, and there are many times fewer labels than answers.
        """
        total = self.counts.total() + self.other
        found, covered = dict[str, int](), 0
        for value, times in self.counts.most_common(_MOST_LABELS):
            if times < 2:
                break
            found[value], covered = times, covered + times
        few = len(found) <= max(2, total // 10)
        return found if total and few and covered >= COVER * total else {}
