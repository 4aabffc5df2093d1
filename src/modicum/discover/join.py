"""Pieces of a request put together: prompt and answer of a batch, a span and its logged events."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from modicum.discover.request import Request

MOST = 200_000
"""Requests that wait at a time; the oldest goes on as it is when there are more."""


class Joiner:
    """Hands requests on whole; a piece waits for the others under its `custom_id`."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._waiting: OrderedDict[str, Request] = OrderedDict()

    def add(self, request: Request) -> Iterator[Request]:
        """What is ready once this one has come."""
        if request.custom_id is None or request.whole:
            yield request
            return
        other = self._waiting.pop(request.custom_id, None)
        if other is not None and _fit(other, request):
            request = _joined(*((request, other) if request.messages else (other, request)))
            if request.whole:
                yield request
                return
        elif other is not None:
            yield other
        self._waiting[str(request.custom_id)] = request
        if len(self._waiting) > self._most:
            yield self._waiting.popitem(last=False)[1]

    def rest(self) -> Iterator[Request]:
        """The pieces whose others never came."""
        while self._waiting:
            yield self._waiting.popitem(last=False)[1]


def _fit(one: Request, other: Request) -> bool:
    """Whether two pieces are of one request; the events of a span come in any number."""
    if one.span and other.span:
        return one.model is None or other.model is None
    return bool(one.messages) != bool(other.messages)


def _joined(asked: Request, answered: Request) -> Request:
    if asked.messages and answered.messages:  # events, the later piece in front
        asked.messages = answered.messages + asked.messages
    asked.failed = asked.failed or answered.failed
    for name in ("answer", "model", "tokens_in", "tokens_out", "tokens_cached", "cost", "time"):
        if getattr(asked, name) is None:
            setattr(asked, name, getattr(answered, name))
    return asked
