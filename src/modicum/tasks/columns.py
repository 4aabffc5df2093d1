"""What the columns of a data file look like: texts, classes, labels, objects, quotes, numbers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from modicum.tasks.answers import cell_text
from modicum.tasks.structured_metrics import plain
from modicum.tasks.table import Table
from modicum.tasks.text_metrics import last_number

MOST_CLASSES = 200
_ENOUGH = 0.9  # of the filled cells must look alike


@dataclass(frozen=True)
class Column:
    """A column and how its cells look."""

    name: str
    cells: tuple[Any, ...]

    @cached_property
    def filled(self) -> tuple[Any, ...]:
        """The cells that hold something."""
        return tuple(cell for cell in self.cells if cell_text(cell))

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each value occurs."""
        return Counter(cell_text(cell) or "" for cell in self.filled)

    @property
    def distinct(self) -> int:
        """How many different values there are."""
        return len(self.counts)

    @property
    def mean_length(self) -> float:
        """Characters of a filled cell."""
        return sum(len(t) * n for t, n in self.counts.items()) / max(len(self.filled), 1)

    @property
    def is_text(self) -> bool:
        """Whether every cell is a text and most differ."""
        texts = sum(isinstance(cell, str) for cell in self.filled)
        return texts == len(self.cells) and self.distinct > 0.5 * len(self.cells)

    @property
    def is_class(self) -> bool:
        """Whether it has few enough values, each seen often enough, to be classes."""
        if any(isinstance(cell, list | dict) for cell in self.filled):
            return False
        return 2 <= self.distinct <= min(MOST_CLASSES, len(self.cells) // 3)

    @property
    def is_number(self) -> bool:
        """Whether most cells state a number and little else."""
        found = sum(
            last_number(t) is not None and len(t.split()) <= 3
            for t in (cell_text(cell) or "" for cell in self.filled)
        )
        return bool(self.filled) and found >= _ENOUGH * len(self.filled)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the objects it holds, in order; none where it holds something else."""
        objects = [self._object(cell) for cell in self.filled]
        if not objects or any(found is None for found in objects):
            return ()
        return tuple(dict.fromkeys(str(key) for found in objects for key in found or {}))

    @staticmethod
    def _object(cell: Any) -> dict[str, Any] | None:
        if isinstance(cell, str) and cell.lstrip()[:1] == "{":
            try:
                cell = json.loads(cell)
            except (ValueError, RecursionError):
                return None
        return cell if isinstance(cell, dict) else None

    def separator(self) -> str | None:
        """What joins labels within cells: "" for lists, None where cells are no sets of labels."""
        if self.filled and all(isinstance(cell, list) for cell in self.filled):
            return (
                "" if all(isinstance(c, str | int) for cell in self.filled for c in cell) else None
            )
        texts = [cell for cell in self.filled if isinstance(cell, str)]
        for mark in (";", "|"):
            parts = [p.strip() for text in texts for p in text.split(mark)]
            joined = sum(mark in text for text in texts)
            labels = Counter(parts)
            if joined >= 0.1 * len(texts) > 0 and len(labels) <= min(MOST_CLASSES, len(parts) // 5):
                return mark
        return None

    def quotes(self, texts: Sequence[Any]) -> bool:
        """Whether its values stand word for word in these texts."""
        pairs = [
            (plain(cell_text(c)), plain(cell_text(t)))
            for c, t in zip(self.cells, texts, strict=True)
        ]
        told = [value in text for value, text in pairs if value]
        return len(told) >= 0.1 * len(pairs) and sum(told) >= _ENOUGH * len(told)


def look(table: Table) -> list[Column]:
    """Every column of a table."""
    return [Column(name, tuple(cells)) for name, cells in table.columns.items()]
