"""What a job answers: a label, a set of labels, JSON of one schema, numbers, or free text."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from modicum.discover.looks import json_object
from modicum.discover.sets import Sets
from modicum.discover.values import COVER, Values

Kind = Literal["labels", "sets", "json", "number", "short", "free", "unknown"]

_MOST_SCHEMAS, _MOST_KEYS = 200, 60
_SCHEMA = 0.9  # share of the answers that must be JSON, and of these that must have a key
_SOMETIMES = 0.05  # share of the JSON answers in which a key stands that belongs to the schema
_NUMBER = re.compile(r"[-+]?[$€£]?\s*\d[\d,.\s]*%?\Z")
_SHORT = 8  # words


@dataclass
class Shape:
    """The answers of one job, counted as they come."""

    answers: int = 0
    values: Values = field(default_factory=Values)
    schemas: Counter[tuple[str, ...]] = field(default_factory=Counter)
    fields: dict[str, Values] = field(default_factory=dict)
    sets: Sets = field(default_factory=Sets)
    numbers: int = 0
    short: int = 0

    def add(self, answer: str) -> None:
        """Count one answer."""
        text = answer.strip()
        self.answers += 1
        self.values.add(text if len(text) <= 200 else text[:200])
        self.sets.add(text)
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
        self.sets.merge(other.sets)
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
        if self.mark is not None:
            return "sets"
        if self.values.labels():
            return "labels"
        if self.numbers >= COVER * self.answers:
            return "number"
        return "short" if self.short >= 0.95 * self.answers else "free"

    @property
    def mark(self) -> str | None:
        """What stands between the labels of a set of them; None where the answers are none."""
        return self.sets.mark(self.answers, len(self.values.counts))

    def _one_schema(self) -> bool:
        """Whether some key stands in nearly all objects, and few of them in hardly any."""
        held, total = self._keys(), self.schemas.total()
        rare = sum(times for times in held.values() if times < _SOMETIMES * total)
        return max(held.values(), default=0) >= _SCHEMA * total and rare <= total * (1 - _SCHEMA)

    def _keys(self) -> Counter[str]:
        held: Counter[str] = Counter()
        for keys, times in self.schemas.items():
            held.update(dict.fromkeys(keys, times))
        return held

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the JSON objects, with those that stand only in some."""
        total = self.schemas.total()
        return tuple(sorted(k for k, n in self._keys().items() if n >= _SOMETIMES * total))

    def field_labels(self) -> dict[str, dict[str, int]]:
        """For each key of the schema, its labels; none where its values are too many."""
        return {key: self.fields[key].labels() for key in self.keys if key in self.fields}

    def set_labels(self) -> dict[str, int]:
        """The labels that sets are made of; none where the answers are no sets."""
        mark = self.mark
        return {} if mark is None else self.sets.parts[mark].labels()

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
        if kind == "sets":
            return f"sets of {len(self.set_labels())} labels"
        if kind == "json":
            few = [key for key, found in self.field_labels().items() if found]
            head = f"JSON, {len(self.keys)} keys"
            return head if not few else f"{head} ({len(few)} of few values)"
        words = {"number": "numbers", "short": "short texts", "free": "free text"}
        return words.get(kind, "no answers logged")


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else str(value)[:200]
