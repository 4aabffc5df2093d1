"""A task's prompt template: is this conversation that task, and what is the input in it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modicum.errors import ServeError

PLACE = "{input}"


class Template:
    """Fixed words around one input.

    >>> spam = Template("Spam or ham? {input} Answer:", system="You sort mail.")
    >>> spam.input_of([{"role": "system", "content": "You sort  mail."},
    ...                {"role": "user", "content": "Spam or ham? Win now! Answer:"}])
    'Win now!'
    >>> spam.input_of([{"role": "user", "content": "Write a poem"}]) is None
    True
    """

    def __init__(self, user: str, *, system: str | None = None) -> None:
        if user.count(PLACE) != 1:
            raise ServeError(f"a prompt template needs {PLACE} once, this one has it not: {user!r}")
        before, _, after = user.partition(PLACE)
        self.before, self.after = before.strip(), after.strip()
        self.system = None if system is None else _plain(system)
        self.weight = len(self.before) + len(self.after) + len(self.system or "")

    def input_of(self, messages: Sequence[Mapping[str, Any]]) -> str | None:
        """The input, where the messages are the template filled in, else None."""
        turns = [m for m in messages if m.get("role") not in ("system", "developer")]
        if len(turns) != 1 or turns[0].get("role") != "user":
            return None
        systems = [text_of(m) for m in messages if m.get("role") in ("system", "developer")]
        if self.system is not None and [_plain(s or "") for s in systems] != [self.system]:
            return None
        if self.system is None and systems:
            return None
        return self.strip(text_of(turns[0]))

    def strip(self, text: str | None) -> str | None:
        """The input in a prompt that begins and ends as the template does, else None."""
        if text is None:
            return None
        text = text.strip()
        room = len(text) - len(self.before) - len(self.after)
        if room <= 0 or not text.startswith(self.before) or not text.endswith(self.after):
            return None
        return text[len(self.before) : len(text) - len(self.after)].strip() or None


def text_of(message: Mapping[str, Any]) -> str | None:
    """The text of a message, whose content may be parts; None where a part is not text."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if not isinstance(content, list) or not content:
        return None
    texts = [
        part["text"]
        for part in content
        if isinstance(part, dict)
        and part.get("type") in ("text", "input_text")
        and isinstance(part.get("text"), str)
    ]
    return "\n".join(texts) if len(texts) == len(content) else None


def last_user_text(messages: Sequence[Mapping[str, Any]]) -> str | None:
    """The text of the last message, where a user wrote it."""
    if not messages or messages[-1].get("role") != "user":
        return None
    return text_of(messages[-1])


def _plain(text: str) -> str:
    return " ".join(text.split())
