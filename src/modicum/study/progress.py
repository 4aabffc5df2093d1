"""What a study tells whoever watches it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told of every stage as it goes; must be quick and never raise."""

    def stage(self, title: str, total: int) -> None:
        """A stage of so many steps begins; the one before it is over."""
        ...

    def step(self, count: int = 1) -> None:
        """Some steps of the stage are done."""
        ...

    def note(self, text: str) -> None:
        """Something a person should know."""
        ...


class Silent:
    """Nobody watches."""

    def stage(self, title: str, total: int) -> None:
        """Ignored."""

    def step(self, count: int = 1) -> None:
        """Ignored."""

    def note(self, text: str) -> None:
        """Ignored."""
