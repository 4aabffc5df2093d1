"""An exchange on a connection of our own protocol: nothing lies between it and the socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote

from httptools import parse_url

from modicum.serve.adapter import Adapter
from modicum.serve.exchange import (
    Exchange,
    Gone,
    Headers,
    Receive,
    Scope,
    Send,
    too_large,
    too_slow,
)

if TYPE_CHECKING:
    from modicum.serve.protocol import Connection

_LINES = {each.value: f"HTTP/1.1 {each.value} {each.phrase}\r\n".encode() for each in HTTPStatus}
_BODILESS = frozenset({204, 304})


class DirectExchange(Exchange):
    """One request of a connection; its body is handed in by the connection as it comes."""

    __slots__ = ("_fault", "_finished", "_on_gone", "_parts", "_waiter", "chunked", "connection",
                 "keep_alive", "old", "raw", "size", "task", "whole")  # fmt: skip

    def __init__(
        self,
        connection: Connection,
        method: str,
        target: bytes,
        headers: list[tuple[bytes, bytes]],
        *,
        keep_alive: bool,
        old: bool,
    ) -> None:
        self.connection, self.method = connection, method
        self.path, self.query, self.raw = target.decode("latin-1"), b"", headers
        if target[:1] != b"/" or b"?" in target or b"%" in target or b"#" in target:
            parsed = parse_url(target)
            self.query = parsed.query or b""
            self.path = unquote((parsed.path or b"").decode("ascii"))
        self.headers = dict(headers)
        self.keep_alive, self.old = keep_alive, old
        self.started = self.degraded = self.whole = self.chunked = self._finished = False
        self.size = 0
        self.task: asyncio.Task[None] | None = None
        self._parts: list[bytes] = []
        self._fault: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._on_gone: Callable[[], None] | None = None

    # what the connection tells

    def add(self, data: bytes, most: int) -> None:
        """A part of the body came; after the answer, or beyond `most`, it is thrown away."""
        self.size += len(data)
        if self.finished or self._fault is not None:
            return
        if self.size > most:
            self.fail(too_large(most))
        else:
            self._parts.append(data)
            self.wake()

    def end(self) -> None:
        """The body is whole."""
        self.whole = True
        self.wake()

    def fail(self, error: Exception) -> None:
        """The body will not come."""
        self._fault, self._parts = error, []
        self.wake()

    def gone(self) -> None:
        """The caller closed the connection."""
        if self._on_gone is not None:
            self._on_gone()
        if not self.whole:
            self.fail(Gone())

    def wake(self) -> None:
        """Tell whoever waits for the body."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # what the application does

    async def body(self, most: int, timeout_s: float) -> bytes:
        """The whole body; raises Problem 413 or 408, or Gone."""
        self.check_length(most)
        if not self.whole:
            self.wait_at_most(timeout_s)
        while not self.whole:
            await self.more()
        if self.size > most:
            raise too_large(most)
        parts, self._parts = self._parts, []
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def wait_at_most(self, timeout_s: float) -> None:
        """Begin to wait for the body: ask for it where the caller waits to be asked."""
        self.connection.due = self.connection.loop.time() + timeout_s
        if self.headers.get(b"expect", b"").lower() == b"100-continue" and not self.size:
            self.connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    async def more(self) -> None:
        """Return when another part of the body is there, or all of it; raises what ended it."""
        if self._fault is None and not self.whole:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if self._fault is not None:
            raise self._fault

    def take(self) -> bytes:
        """What came of the body since it was last taken."""
        parts, self._parts = self._parts, []
        return b"".join(parts)

    def late(self) -> None:
        """The time for the body is over."""
        self.fail(too_slow())

    async def reply(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a whole answer, in one piece."""
        self.started = True
        head = self._head(status, headers, b"content-length: %d\r\n\r\n" % len(body))
        self.connection.write(head if self.method == "HEAD" else head + body)
        self._done()

    async def begin(self, status: int, headers: Headers) -> None:
        """Send the head of an answer whose body comes in parts."""
        self.started = True
        sized = any(name.lower() == b"content-length" for name, _ in headers)
        self.chunked = not (sized or self.old or status in _BODILESS)
        if self.old:
            self.keep_alive = False
        end = b"transfer-encoding: chunked\r\n\r\n" if self.chunked else b"\r\n"
        self.connection.write(self._head(status, headers, end))

    async def part(self, body: bytes, *, more: bool = True) -> None:
        """Send a part of the body; waits where the caller reads slowly."""
        if self.chunked:
            data = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            self.connection.write(data if more else data + b"0\r\n\r\n")
        else:
            self.connection.write(body)
        if not more:
            self._done()
        elif self.connection.drained is not None:
            await self.connection.drained

    def listen(self, on_gone: Callable[[], None]) -> None:
        """Call `on_gone` when the caller closes the connection, until `ignore` is called."""
        self._on_gone = on_gone
        if self.connection.lost:
            on_gone()

    def ignore(self) -> None:
        """End what `listen` began."""
        self._on_gone = None

    def asgi(self) -> tuple[Scope, Receive, Send]:
        """The same for an ASGI application."""
        adapter = Adapter(self)
        return adapter.scope(), adapter.receive, adapter.send

    @property
    def finished(self) -> bool:
        """Whether the whole answer was sent."""
        return self._finished

    def _head(self, status: int, headers: Headers, end: bytes) -> bytes:
        lines = [_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status]
        for name, value in headers:
            if name == b"connection":
                self.keep_alive = False
            else:
                lines.append(b"%b: %b\r\n" % (name, value))
        if not self.keep_alive or self.connection.last():
            lines.append(b"connection: close\r\n")
        lines.append(end)
        return b"".join(lines)

    def _done(self) -> None:
        self._finished, self._parts = True, []
        self.connection.answered(self)
