"""Staleness: a decision holds for the conditions it was made and first served under."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

CONDITIONS = {
    "model": "the provider's model",
    "price": "the price",
    "template": "the prompt template",
    "prompt": "the prompt that callers send",
    "inputs": "the inputs",
}
"""What a decision rests on, with the words that name it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A condition that is not what it was."""

    name: str
    was: str
    now: str

    def __str__(self) -> str:
        what = CONDITIONS.get(self.name, self.name)
        if self.name == "inputs":
            return f"the inputs drifted ({self.now})"
        if self.name in ("template", "prompt"):
            return f"{what} changed"
        return f"{what} changed from {self.was} to {self.now}"


def changes(seen: Iterable[tuple[str, str]]) -> list[Change]:
    """What changed, from (condition, value) in the order seen: the last value beside the first.

    >>> changes([("model", "a"), ("price", "1"), ("model", "b"), ("model", "a")])
    []
    >>> str(changes([("model", "gpt-1"), ("model", "gpt-2")])[0])
    "the provider's model changed from gpt-1 to gpt-2"
    """
    first: dict[str, str] = {}
    last: dict[str, str] = {}
    for name, value in seen:
        first.setdefault(name, value)
        last[name] = value
    return [Change(n, first[n], now) for n, now in last.items() if now != first[n]]


def template_of(messages: Iterable[Mapping[str, object]]) -> str:
    """A digest of what stays the same in a task's prompts: its system messages.

    >>> template_of([{"role": "user", "content": "x"}]) == template_of([])
    True
    """
    digest = sha256()
    for message in messages:
        if message.get("role") in ("system", "developer"):
            digest.update(str(message.get("content")).encode("utf-8", "surrogatepass"))
            digest.update(b"\0")
    return digest.hexdigest()[:16]


class ConditionsSeen:
    """Remembers the conditions of one decision and tells which values are news.

    >>> seen = ConditionsSeen([("model", "a")])
    >>> seen.news("model", "a"), seen.news("model", "b"), seen.stale
    (False, True, True)
    """

    def __init__(self, seen: Iterable[tuple[str, str]] = ()) -> None:
        self._seen: list[tuple[str, str]] = []
        self._last: dict[str, str] = {}
        for name, value in seen:
            self.news(name, value)

    def news(self, name: str, value: str) -> bool:
        """Take a value in; True where it differs from the last one known."""
        if self._last.get(name) == value:
            return False
        self._last[name] = value
        self._seen.append((name, value))
        return True

    @property
    def changes(self) -> list[Change]:
        """What is not as it was first."""
        return changes(self._seen)

    @property
    def stale(self) -> bool:
        """Whether anything changed."""
        return bool(self.changes)
