"""Answers that name several labels at once: a JSON list, or labels with one mark between them."""

from __future__ import annotations

from dataclasses import dataclass, field

from modicum.discover.parse import parsed
from modicum.discover.values import COVER, Values

LIST = "list"
MARKS = (";", ",", "|", "\n")

_LONGEST = 200  # characters of an answer that names labels
_WORDS = 4  # of one label
_MOST_LABELS = 60
_SEVERAL = 0.05  # share of the answers that must name two labels or more


@dataclass
class Sets:
    """Parts of the answers, by what stands between them; `several` counts those of two or more."""

    parts: dict[str, Values] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    several: dict[str, int] = field(default_factory=dict)

    def add(self, answer: str) -> None:
        """Count one answer."""
        for mark in (LIST, *MARKS):
            labels = split(answer, mark)
            if labels is not None:
                self._count(mark, labels)

    def _count(self, mark: str, labels: list[str]) -> None:
        self.answers[mark] = self.answers.get(mark, 0) + 1
        self.several[mark] = self.several.get(mark, 0) + (len(labels) > 1)
        values = self.parts.setdefault(mark, Values())
        for label in labels:
            values.add(label)

    def merge(self, other: Sets) -> None:
        """Add what was counted elsewhere."""
        for mark, values in other.parts.items():
            self.parts.setdefault(mark, Values()).merge(values)
            self.answers[mark] = self.answers.get(mark, 0) + other.answers[mark]
            self.several[mark] = self.several.get(mark, 0) + other.several[mark]

    def mark(self, answers: int, distinct: int) -> str | None:
        """What stands between the labels of nearly all answers; None where they are no sets.

        distinct: how many different answers there are.  Labels that are put together freely make
        more of them than there are labels; "Boston, USA" and its like do not.
        """
        for mark, values in self.parts.items():
            labels = values.labels()
            whole = self.answers[mark] >= COVER * answers
            mixed = self.several[mark] >= max(_SEVERAL * answers, 2) and distinct > len(labels)
            if whole and mixed and 2 <= len(labels) <= _MOST_LABELS:
                return mark
        return None


def split(answer: str, mark: str) -> list[str] | None:
    """The labels of one answer, None where it is no set of them.

    >>> split('["a", "b"]', LIST), split("a, b", ","), split("a b c d e f", ",")
    (['a', 'b'], ['a', 'b'], None)
    """
    if len(answer) > _LONGEST:
        return None
    if mark == LIST:
        return _listed(answer)
    labels = [label.strip() for label in answer.split(mark)]
    if answer.startswith("[") or any(not x or len(x.split()) > _WORDS for x in labels):
        return None
    return labels


def _listed(answer: str) -> list[str] | None:
    if not answer.startswith("["):
        return None
    try:
        found = parsed(answer)
    except (ValueError, RecursionError):
        return None
    named = isinstance(found, list) and all(isinstance(label, str) for label in found)
    return [label.strip() for label in found] if named else None
