"""One logged request: what was asked, what was answered, what it took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Message = tuple[str, str]
"""Role and text."""

OPEN, SHUT = "\x02", "\x03"
"""What a role stands between in a flattened prompt; no text that people write holds them."""


@dataclass(slots=True)
class Request:
    """What one line of a log tells; None is unknown.

    time: seconds since 1970.  cost: in US dollars, as logged.  custom_id: of what is logged in
    pieces: a batch, whose prompts and answers are in different files, or a span, whose messages are
    in a log of events.  place: in the log, for drawing a sample.  span: a piece of a span, which is
    whole once its messages, its answer and its model are known.
    """

    messages: tuple[Message, ...] = ()
    answer: str | None = None
    model: str | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    tokens_cached: int | None = None
    cost: float | None = None
    time: float | None = None
    custom_id: str | None = None
    failed: bool = False
    place: int = 0
    span: bool = False

    @property
    def whole(self) -> bool:
        """Whether no other piece is awaited."""
        if self.custom_id is None:
            return True
        told = bool(self.messages) and self.answer is not None
        return told and (self.model is not None or not self.span)


def flatten(messages: Sequence[Message]) -> str:
    """All messages as one text, each behind its role.

    >>> flatten([("user", "Hi")])
    '\\x02user\\x03Hi'
    """
    return "".join(f"{OPEN}{role}{SHUT}{text}" for role, text in messages)


def readable(text: str) -> str:
    """A flattened text for people: roles in square brackets on lines of their own.

    >>> readable('\\x02user\\x03Hi')
    '[user] Hi'
    """
    return text.replace(OPEN, "\n[").replace(SHUT, "] ").strip()
