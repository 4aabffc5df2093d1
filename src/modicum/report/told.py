"""What every part of the business reading is told from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from modicum.report.markup import short
from modicum.report.money import Money, money

if TYPE_CHECKING:
    from modicum.report.beside import Beside
    from modicum.report.language import Language
    from modicum.report.view import View


@dataclass
class Told:
    """One decision, with what is known beside it, in one language."""

    view: View
    beside: Beside
    words: Language

    def say(self, key: str, **values: str) -> str:
        """A sentence of the business reader."""
        return self.words(f"business.{key}", **values)

    @property
    def new(self) -> str:
        """The recommended candidate."""
        return short(self.view.decision.recommended, 40)

    @property
    def old(self) -> str:
        """The reference."""
        return short(self.view.decision.reference, 40)

    @property
    def at(self) -> tuple[str, str]:
        """Where the two stand in decision.json."""
        return self.view.place_of(self.view.recommended), self.view.place_of(self.view.reference)

    @cached_property
    def money(self) -> Money:
        """The amounts of the decision and what the user stated."""
        return money(self.view, self.beside.stated)
