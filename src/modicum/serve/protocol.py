"""uvicorn's HTTP protocol with the bounds it lacks: size and time of a request's head.

It also tells the application at once when a caller has left, which saves a task per request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain\r\n"
    b"content-length: 26\r\nconnection: close\r\n\r\nthe headers are too large\n"
)
TOO_SLOW = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: text/plain\r\n"
    b"content-length: 24\r\nconnection: close\r\n\r\nthe request is too slow\n"
)


class GuardedProtocol(HttpToolsProtocol):
    """One connection.  `most_head` (bytes) and `head_s` (seconds) are set by `guarded`."""

    most_head = 65536
    head_s = 10.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on_gone: Callable[[], None] | None = None
        self._in_head, self._head_size = True, 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.head_s, self._end_with, TOO_SLOW)

    def data_received(self, data: bytes) -> None:
        """Count what belongs to a head that is not complete yet."""
        if self._in_head:
            self._head_size += len(data)
        super().data_received(data)
        if self._in_head:
            if self._head_size > self.most_head:
                self._end_with(TOO_LARGE)
            elif self._timer is None and self._head_size:  # a head has begun, not only ended
                self._timer = self.loop.call_later(self.head_s, self._end_with, TOO_SLOW)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Refuse a head that came at once and is too large."""
        super().on_header(name, value)
        if len(self.headers) > 200:
            raise ValueError("too many headers")

    def on_headers_complete(self) -> None:
        """The head is there: the application may begin."""
        self._in_head = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.scope["modicum.connection"] = self  # type: ignore[typeddict-unknown-key]
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What comes next is another head."""
        super().on_message_complete()
        self._in_head, self._head_size = True, 0

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever answers that nobody listens any more."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)
        if self.on_gone is not None:
            self.on_gone()

    def _end_with(self, answer: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            if self.cycle is None or self.cycle.response_complete:
                self.transport.write(answer)
            self.transport.close()


def guarded(most_head: int, head_s: float) -> type[GuardedProtocol]:
    """The protocol with these bounds."""
    return type("BoundProtocol", (GuardedProtocol,), {"most_head": most_head, "head_s": head_s})
