"""HTTP/1.1 on a caller's connection: parsed by httptools, bounded in size and time.

uvicorn runs it (sockets, signals, a graceful stop), but no request passes through uvicorn's own
cycle: the application answers a `DirectExchange`, and a whole answer is one write to the socket.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from modicum.serve.direct import DirectExchange
from modicum.serve.problem import Problem
from modicum.serve.ticker import NEVER, Ticker

if TYPE_CHECKING:
    from uvicorn.server import ServerState

MOST_HEADERS = 200
MOST_WAITING = 64
"""Requests that a caller may send before the first is answered."""
KEEP_S = 75.0
"""How long an idle connection is kept."""
STALL_S = 60.0
"""How long a caller may take to read anything of its answer."""
LINGER_S = 2.0
"""How long what a refused caller still sends is read: closing at once could lose the answer."""


def _refusal(status: str, words: str) -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: text/plain\r\nconnection: close\r\n"
    return f"{head}content-length: {len(words) + 1}\r\n\r\n{words}\n".encode()


MALFORMED = _refusal("400 Bad Request", "this is no HTTP request")
TOO_LARGE = _refusal("431 Request Header Fields Too Large", "the headers are too large")
TOO_SLOW = _refusal("408 Request Timeout", "the request is too slow")


@dataclass(frozen=True)
class Bounds:
    """What every connection is held to; `ticker` watches all their deadlines."""

    most_head: int = 65536
    most_body: int = 20 << 20
    head_s: float = 10.0
    body_s: float = 30.0
    ticker: Ticker = field(default_factory=Ticker)


class Connection(asyncio.Protocol):
    """One connection of a caller; requests on it are answered one after another."""

    def __init__(
        self,
        bounds: Bounds,
        answer: Callable[[DirectExchange], Awaitable[None]],
        state: ServerState,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.bounds, self.answer, self.state, self.loop = bounds, answer, state, loop
        self.due = NEVER
        self.lost = self.closing = False
        self.drained: asyncio.Future[None] | None = None
        self.transport: asyncio.Transport | None = None
        self._parser: HttpRequestParser | None = HttpRequestParser(self)
        self._current: DirectExchange | None = None
        self._incoming: DirectExchange | None = None
        self._waiting: deque[DirectExchange] = deque()
        self._headers: list[tuple[bytes, bytes]] = []
        self._target, self._head_size, self._headers_size, self._in_head = b"", 0, 0, True
        self._too_large = False
        self._deaf = self._lingering = False

    # what the socket tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first head."""
        self.transport = transport  # type: ignore[assignment]  # uvloop's own class
        self.state.connections.add(self)  # type: ignore[arg-type]  # uvicorn names its own two
        self.due = self.loop.time() + self.bounds.head_s
        self.bounds.ticker.watch(self)

    def data_received(self, data: bytes) -> None:
        """Parse, and begin to answer what has its head."""
        if self._deaf or self._parser is None:
            return
        began = self._in_head and not self._head_size
        if self._in_head:
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self._deaf = self.closing = True  # another protocol follows, which nobody here speaks
        except HttpParserError:
            self._malformed()
        if self._in_head and self._head_size > self.bounds.most_head:
            self._refuse(TOO_LARGE)
        elif began and self._in_head and self._current is None:
            self.due = self.loop.time() + self.bounds.head_s
        if self._current is None and self._waiting:
            self._next()

    def _malformed(self) -> None:
        self._deaf = self.closing = True
        if self._incoming is not None:
            words = "the body is not framed as HTTP: send it anew"
            self._incoming.fail(Problem(400, "malformed", words))
        else:
            self._refuse(TOO_LARGE if self._too_large else MALFORMED)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever answers that nobody listens any more."""
        self.lost, self.due = True, NEVER
        self.bounds.ticker.forget(self)
        self.state.connections.discard(self)
        self._parser = None
        self._waiting.clear()
        self.resume_writing()
        if self._current is not None:
            self._current.gone()

    def pause_writing(self) -> None:
        """The caller reads slowly."""
        if self.drained is None:
            self.drained = self.loop.create_future()
            self.due = self.loop.time() + STALL_S

    def resume_writing(self) -> None:
        """It has read."""
        drained, self.drained = self.drained, None
        if drained is not None:
            self.due = NEVER if self._current is not None else self.loop.time() + KEEP_S
            if not drained.done():
                drained.set_result(None)

    # what the parser tells

    def on_message_begin(self) -> None:
        """Another head."""
        self._headers, self._target, self._headers_size = [], b"", 0

    def on_url(self, part: bytes) -> None:
        """The target, perhaps in parts."""
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; refuse what is too much, and what could end a line of ours early."""
        if not self._in_head:
            return  # a trailer
        self._headers_size += len(name) + len(value)
        if self._headers_size > self.bounds.most_head:
            self._too_large = True
            raise ValueError("headers that are too large")
        if len(self._headers) >= MOST_HEADERS or b"\n" in value or b"\r" in value:
            raise ValueError("headers that are not taken")
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """A request may be answered, unless others wait before it."""
        parser = self._parser
        assert parser is not None  # noqa: S101 (it is the one that calls)
        if len(self._waiting) >= MOST_WAITING:
            raise ValueError("too many requests at once")
        old = parser.get_http_version() != "1.1"
        exchange = DirectExchange(
            self,
            parser.get_method().decode(),
            self._target,
            self._headers,
            keep_alive=not old and parser.should_keep_alive() and not parser.should_upgrade(),
            old=old,
        )
        self._in_head, self._incoming = False, exchange
        self._waiting.append(exchange)

    def on_body(self, data: bytes) -> None:
        """A part of the body."""
        if self._incoming is not None:
            self._incoming.add(data, self.bounds.most_body)

    def on_message_complete(self) -> None:
        """What comes next is another head."""
        incoming = self._incoming
        if incoming is not None:
            incoming.end()
            if incoming.finished:  # it was answered before
                self.due = self.loop.time() + KEEP_S
        self._in_head, self._head_size, self._incoming = True, 0, None

    # what is answered

    def _next(self) -> None:
        exchange = self._current = self._waiting.popleft()
        self.due = NEVER
        exchange.task = task = self.loop.create_task(self._answer(exchange))
        self.state.tasks.add(task)

    async def _answer(self, exchange: DirectExchange) -> None:
        try:
            await self.answer(exchange)
        finally:
            if exchange.task is not None:
                self.state.tasks.discard(exchange.task)
                exchange.task = None
            if not exchange.finished:
                self._close()

    def write(self, data: bytes) -> None:
        """Send to the caller, if it is still there."""
        if self.transport is not None and not self.lost:
            self.transport.write(data)

    def answered(self, exchange: DirectExchange) -> None:
        """A whole answer was sent: go on with the next request, wait for one, or close."""
        self._current = None
        self.state.total_requests += 1
        if self._waiting and exchange.keep_alive:
            self._next()
        elif self.closing or not exchange.keep_alive:
            self._linger() if not exchange.whole else self._close()
        elif not exchange.whole:  # the rest of a body that nobody wants is read for a while
            self.due = self.loop.time() + self.bounds.body_s
        else:
            self.due = self.loop.time() + (self.bounds.head_s if self._head_size else KEEP_S)

    def last(self) -> bool:
        """Whether the connection ends with the answer that is being made."""
        return self.closing and not self._waiting

    def shutdown(self) -> None:
        """The server stops: end after the answer that is being made."""
        self.closing = True
        if self._current is None:
            self._close()

    def expire(self) -> None:
        """A deadline passed: of a head, of a body, of an idle connection."""
        if self.drained is not None and self.transport is not None:
            self.transport.abort()
        elif self._current is not None:
            self._current.late()
        elif self._lingering or self._incoming is not None or not self._head_size:
            self._close()
        else:
            self._refuse(TOO_SLOW)

    def _refuse(self, answer: bytes) -> None:
        self._deaf = self.closing = True
        if self._current is None and not self._waiting and not self._lingering:
            self.write(answer)
            self._linger()

    def _linger(self) -> None:
        """Send no more, and read what the caller still sends for a moment."""
        self._deaf = self._lingering = self.closing = True
        self.due = self.loop.time() + LINGER_S
        if self.transport is not None and not self.lost and self.transport.can_write_eof():
            self.transport.write_eof()

    def _close(self) -> None:
        if self.transport is not None:
            self.transport.close()


def serving(bounds: Bounds, answer: Callable[[DirectExchange], Awaitable[None]]) -> Any:
    """What uvicorn makes connections with."""

    def made(
        config: object,
        server_state: ServerState,
        app_state: object,
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> Connection:
        return Connection(bounds, answer, server_state, _loop or asyncio.get_running_loop())

    return made
