"""Halves of a batch put together: the prompt of one file, the answer of another."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from modicum.discover.request import Request

MOST = 200_000
"""Halves that wait at a time; the oldest goes on alone when there are more."""


class Joiner:
    """Hands requests on whole; a half waits for the other under its `custom_id`."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._waiting: OrderedDict[str, Request] = OrderedDict()

    def add(self, request: Request) -> Iterator[Request]:
        """What is ready once this one has come."""
        if request.custom_id is None or (request.messages and request.answer is not None):
            yield request
            return
        other = self._waiting.pop(request.custom_id, None)
        if other is not None and bool(other.messages) != bool(request.messages):
            yield _joined(*((request, other) if request.messages else (other, request)))
            return
        if other is not None:
            yield other
        self._waiting[request.custom_id] = request
        if len(self._waiting) > self._most:
            yield self._waiting.popitem(last=False)[1]

    def rest(self) -> Iterator[Request]:
        """The halves whose other half never came."""
        while self._waiting:
            yield self._waiting.popitem(last=False)[1]


def _joined(asked: Request, answered: Request) -> Request:
    asked.answer = answered.answer
    asked.failed = asked.failed or answered.failed
    for name in ("model", "tokens_in", "tokens_out", "tokens_cached", "cost", "time"):
        if getattr(asked, name) is None:
            setattr(asked, name, getattr(answered, name))
    return asked
