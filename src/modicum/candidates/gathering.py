"""Answers and usage of several stages, put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from modicum.candidates.protocol import Answers, Usage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def joined_usage(parts: Sequence[Usage]) -> Usage:
    """What the stages on one path used together; unknown of one is unknown of all.

    Stages that tell nothing (a model in this process) are not among `parts`.

    >>> joined_usage([Usage(tokens_in=3, cost=0.1), Usage(tokens_in=4, cost=None)])
    Usage(tokens_in=7, tokens_out=None, cost=None, currency=None, latency_ms=None, energy_j=None,\
 tokens_cached=None, cached=False)
    """
    if len(parts) == 1:
        return parts[0]
    currencies = {part.currency for part in parts}
    one = len(currencies) == 1
    tokens_in = _sum([part.tokens_in for part in parts])
    tokens_out = _sum([part.tokens_out for part in parts])
    tokens_cached = _sum([part.tokens_cached for part in parts])
    return Usage(
        None if tokens_in is None else int(tokens_in),
        None if tokens_out is None else int(tokens_out),
        _sum([part.cost for part in parts]) if one else None,
        currencies.pop() if one else None,
        _sum([part.latency_ms for part in parts]),
        _sum([part.energy_j for part in parts]),
        None if tokens_cached is None else int(tokens_cached),
        bool(parts) and all(part.cached for part in parts),
    )


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


class Gathering:
    """Answers of several stages to one batch, put together by position."""

    def __init__(self, count: int) -> None:
        self.values: list[str | None] = [None] * count
        self.confidence: list[float | None] = [None] * count
        self.errors: list[str | None] = [None] * count
        self.usage: list[list[Usage]] = [[] for _ in range(count)]
        self._rows: list[tuple[tuple[str, ...], Floats] | None] = [None] * count

    def take(self, positions: Sequence[int], answers: Answers) -> None:
        """Lay a stage's answers to these positions over what was there."""
        for at, position in enumerate(positions):
            self.values[position] = answers.values[at]
            self.confidence[position] = answers.confidence[at] if answers.confidence else None
            self.errors[position] = answers.errors[at] if answers.errors else None
            if answers.usage:
                self.usage[position].append(answers.usage[at])
            known = answers.probabilities is not None and answers.classes is not None
            self._rows[position] = (
                (answers.classes, answers.probabilities[at])  # type: ignore[index,assignment]
                if known
                else None
            )

    def answers(self) -> Answers:
        """The whole; probabilities only where every stage that answered gave them, same classes."""
        classes, probabilities = self._probabilities()
        return Answers(
            values=tuple(self.values),
            confidence=tuple(self.confidence),
            usage=tuple(joined_usage(u) for u in self.usage) if any(self.usage) else None,
            errors=tuple(self.errors) if any(e is not None for e in self.errors) else None,
            probabilities=probabilities,
            classes=classes,
        )

    def _probabilities(self) -> tuple[tuple[str, ...] | None, Floats | None]:
        import numpy as np

        rows = [row for row in self._rows if row is not None]
        kinds = {classes for classes, _ in rows}
        if len(rows) < len(self._rows) or len(kinds) != 1:
            return None, None
        return kinds.pop(), np.stack([row for _, row in rows])
