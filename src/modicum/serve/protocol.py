"""HTTP/1.1 on a caller's connection: its requests are answered in order, bounded in time.

uvicorn runs it (sockets, signals, a graceful stop), but no request passes through uvicorn's own
cycle: the application answers a `DirectExchange`, and a whole answer is one write to the socket.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from httptools import HttpParserError, HttpParserUpgrade

from modicum.serve.bounds import (
    KEEP_S,
    LINGER_S,
    MALFORMED,
    STALL_S,
    TOO_LARGE,
    TOO_SLOW,
    Bounds,
)
from modicum.serve.direct import DirectExchange
from modicum.serve.intake import Intake
from modicum.serve.problem import Problem
from modicum.serve.ticker import NEVER

if TYPE_CHECKING:
    from uvicorn.server import ServerState


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
        self.waiting: deque[DirectExchange] = deque()
        self._current: DirectExchange | None = None
        self._intake = Intake(self)
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
        if self._deaf or self.lost:
            return
        intake = self._intake
        began = intake.in_head and not intake.head_size
        try:
            intake.feed(data)
        except HttpParserUpgrade:
            self._deaf = self.closing = True  # another protocol follows, which nobody here speaks
        except HttpParserError:
            self._malformed()
        if intake.in_head and intake.head_size > self.bounds.most_head:
            self._refuse(TOO_LARGE)
        elif began and intake.in_head and self._current is None:
            self.due = self.loop.time() + self.bounds.head_s
        if self._current is None and self.waiting:
            self._next()

    def _malformed(self) -> None:
        self._deaf = self.closing = True
        incoming = self._intake.incoming
        if incoming is not None:
            words = "the body is not framed as HTTP: send it anew"
            incoming.fail(Problem(400, "malformed", words))
        else:
            self._refuse(TOO_LARGE if self._intake.too_large else MALFORMED)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever answers that nobody listens any more."""
        self.lost, self.due = True, NEVER
        self.bounds.ticker.forget(self)
        self.state.connections.discard(self)
        self._intake.close()
        self.waiting.clear()
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

    # what is answered

    def _next(self) -> None:
        exchange = self._current = self.waiting.popleft()
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
        if self.waiting and exchange.keep_alive:
            self._next()
        elif self.closing or not exchange.keep_alive:
            self._linger() if not exchange.whole else self._close()
        elif not exchange.whole:  # the rest of a body that nobody wants is read for a while
            self.due = self.loop.time() + self.bounds.body_s
        else:
            head = self.bounds.head_s if self._intake.head_size else KEEP_S
            self.due = self.loop.time() + head

    def rest(self) -> None:
        """The end of a body came that was answered before: wait for another request."""
        self.due = self.loop.time() + KEEP_S

    def last(self) -> bool:
        """Whether the connection ends with the answer that is being made."""
        return self.closing and not self.waiting

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
        elif self._lingering or self._intake.incoming is not None or not self._intake.head_size:
            self._close()
        else:
            self._refuse(TOO_SLOW)

    def _refuse(self, answer: bytes) -> None:
        self._deaf = self.closing = True
        if self._current is None and not self.waiting and not self._lingering:
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
