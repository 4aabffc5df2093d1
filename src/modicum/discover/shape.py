"""What a job answers: few distinct labels, JSON of one schema, numbers, or free text."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from modicum.discover.looks import json_object

Kind = Literal["labels", "json", "number", "short", "free", "unknown"]

_MOST_DISTINCT = 2_000  # answers remembered; a job with more is not one of labels
_MOST_LABELS = 200
_MOST_SCHEMAS, _MOST_KEYS = 200, 60
_COVER = 0.97  # share of the answers that labels must cover
_SCHEMA = 0.9  # share of the JSON answers that must have the commonest keys
_NUMBER = re.compile(r"[-+]?[$€£]?\s*\d[\d,.\s]*%?\Z")
_SHORT = 8  # words


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
        return found if total and few and covered >= _COVER * total else {}


@dataclass
class Shape:
    """The answers of one job, counted as they come."""

    answers: int = 0
    values: Values = field(default_factory=Values)
    schemas: Counter[tuple[str, ...]] = field(default_factory=Counter)
    fields: dict[str, Values] = field(default_factory=dict)
    numbers: int = 0
    short: int = 0

    def add(self, answer: str) -> None:
        """Count one answer."""
        text = answer.strip()
        self.answers += 1
        self.values.add(text if len(text) <= 200 else text[:200])
        self.numbers += len(text) <= 40 and _NUMBER.match(text) is not None
        self.short += len(text) <= 80 and len(text.split()) <= _SHORT
        found = json_object(text)
        if found is not None:
            self._add_object(found)

    def _add_object(self, found: Any) -> None:
        keys = tuple(sorted(map(str, found)))
        if keys in self.schemas or len(self.schemas) < _MOST_SCHEMAS:
            self.schemas[keys] += 1
        for key, value in found.items():
            if key in self.fields or len(self.fields) < _MOST_KEYS:
                self.fields.setdefault(str(key), Values()).add(_plain(value))

    def merge(self, other: Shape) -> None:
        """Add what was counted elsewhere."""
        self.answers += other.answers
        self.numbers += other.numbers
        self.short += other.short
        self.values.merge(other.values)
        for keys, times in other.schemas.items():
            if keys in self.schemas or len(self.schemas) < _MOST_SCHEMAS:
                self.schemas[keys] += times
        for key, values in other.fields.items():
            if key in self.fields or len(self.fields) < _MOST_KEYS:
                self.fields.setdefault(key, Values()).merge(values)

    @property
    def kind(self) -> Kind:
        """Which of the kinds nearly all answers are of."""
        if not self.answers:
            return "unknown"
        if self.schemas.total() >= _SCHEMA * self.answers and self._one_schema():
            return "json"
        if self.values.labels():
            return "labels"
        if self.numbers >= _COVER * self.answers:
            return "number"
        return "short" if self.short >= 0.95 * self.answers else "free"

    def _one_schema(self) -> bool:
        return self.schemas.most_common(1)[0][1] >= _SCHEMA * self.schemas.total()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the commonest JSON object."""
        return self.schemas.most_common(1)[0][0] if self.schemas else ()

    def field_labels(self) -> dict[str, dict[str, int]]:
        """For each key of the schema, its labels; none where its values are too many."""
        return {key: self.fields[key].labels() for key in self.keys if key in self.fields}

    def told(self) -> str:
        """In a few words.

        >>> shape = Shape()
        >>> for answer in ["yes", "no"] * 20:
        ...     shape.add(answer)
        >>> shape.told()
        '2 labels'
        """
        kind = self.kind
        if kind == "labels":
            return f"{len(self.values.labels())} labels"
        if kind == "json":
            few = [key for key, found in self.field_labels().items() if found]
            head = f"JSON, {len(self.keys)} keys"
            return head if not few else f"{head} ({len(few)} of few values)"
        words = {"number": "numbers", "short": "short texts", "free": "free text"}
        return words.get(kind, "no answers logged")


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else str(value)[:200]
