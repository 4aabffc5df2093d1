"""A sentence of a finder: its key in the language files, and what fills it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class Speech(Protocol):
    """A language, as `report.language` reads one from its file."""

    def __call__(self, key: str, **values: str) -> str:
        """The sentence of that key, filled in."""

    def number(self, text: str) -> str:
        """A number as English writes it, in this language."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share from 0 to 1, written as a percentage with so many decimals."""

    value: float
    decimals: int = 0


Value = str | int | float | Share
"""Texts are names and stay as they are; numbers are written as the language does."""


@dataclass(frozen=True)
class Sentence:
    """What a finder says, in no language yet."""

    key: str
    values: Mapping[str, Value]

    def said(self, say: Speech) -> str:
        """In one language."""
        values = {name: written(value, say) for name, value in self.values.items()}
        return say(f"opportunities.{self.key}", **values)


def sentence(key: str, **values: Value) -> Sentence:
    """The sentence of that key, with what its placeholders hold."""
    return Sentence(key, values)


def written(value: Value, say: Speech) -> str:
    """Counts with separators, lengths without decimals, shares as percentages."""
    if isinstance(value, str):
        return value
    if isinstance(value, Share):
        return say.number(f"{value.value:.{value.decimals}%}")
    return say.number(f"{value:,.0f}" if isinstance(value, float) else f"{value:,}")
