"""One connection to an upstream: HTTP/1.1 over asyncio and httptools, one answer at a time.

A general client spends more on a request than all the rest of the gateway; this one does what a
gateway needs and no more.  A hostile upstream is held to bounds, and whatever it sends beyond one
whole answer closes the connection, so that no answer can reach the wrong caller.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from modicum.serve.answer import Answer, BadReplyError, CutReplyError
from modicum.serve.ticker import NEVER

if TYPE_CHECKING:
    from modicum.serve.pool import Pool

MOST_HEAD = 1 << 16
MOST_HEADERS = 200
HIGH, LOW = 1 << 18, 1 << 16
"""Bytes of an answer that wait to be passed on before reading pauses, and goes on."""


class Wire(asyncio.Protocol):
    """A connection of a pool."""

    __slots__ = ("_head", "_paused", "_unending", "answer", "due", "idle_since", "parser", "pool",
                 "transport")  # fmt: skip

    def __init__(self, pool: Pool) -> None:
        self.pool, self.due = pool, NEVER
        self.parser: HttpResponseParser | None = HttpResponseParser(self)
        self.transport: asyncio.Transport | None = None
        self.answer: Answer | None = None
        self.idle_since = 0.0
        self._head, self._paused, self._unending = 0, False, False

    async def ask(self, request: bytes) -> Answer:
        """Send a request; returns once the head of its answer is there.

        Raises:
            ConnectionError: no answer, or none that is HTTP.
            TimeoutError: nothing came in time.
        """
        assert self.transport is not None  # noqa: S101 (connected)
        answer = self.answer = Answer(self)
        self._head = 0
        self.due = self.pool.loop.time() + self.pool.read_s
        self.transport.write(request)
        while not answer.headed and not answer.complete:
            await answer.more()
        answer.check()
        return answer

    @property
    def usable(self) -> bool:
        """Whether another request can be sent on it."""
        return self.transport is not None and not self.transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected."""
        self.transport = transport  # type: ignore[assignment]  # uvloop's own class
        self.pool.ticker.watch(self)

    def data_received(self, data: bytes) -> None:
        """Parse what came, then tell the one who waits."""
        answer = self.answer
        if answer is None or self.parser is None:
            self.abort()  # nobody asked: it is not to be taken for the next answer
            return
        self.due = self.pool.loop.time() + self.pool.read_s
        if not answer.headed:
            self._head += len(data)
        try:
            self.parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if answer.complete:
                self.abort()  # the answer is whole, what followed it is not ours
            else:
                self._fail(BadReplyError(f"no HTTP: {error}"))
        if not answer.headed and self._head > MOST_HEAD:
            self._fail(BadReplyError("its headers are too large"))
        if answer.headed or answer.complete:
            answer.wake()

    def on_message_begin(self) -> None:
        """An answer begins; one that nobody asked for ends the connection."""
        if self.answer is None or self.answer.headed:
            raise BadReplyError("more than one answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; what could end a line of ours early is refused."""
        answer = self.answer
        if answer is None or answer.headed:
            return  # a trailer
        if len(answer.headers) >= MOST_HEADERS or b"\n" in value or b"\r" in value:
            raise BadReplyError("headers that are not passed on")
        name = name.lower()
        if name in (b"content-length", b"transfer-encoding"):
            answer.sized = True
        answer.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is there, unless it was an interim one."""
        answer, parser = self.answer, self.parser
        if answer is None or parser is None:
            raise BadReplyError("more than one answer")
        status = parser.get_status_code()
        if status == 101:
            raise BadReplyError("it switched protocols")
        if status >= 200:
            answer.status, answer.headed = status, True
            self._unending = not answer.sized and status not in (204, 304)

    def on_body(self, data: bytes) -> None:
        """Keep a part, and pause where nobody takes it."""
        if self.answer is not None and self.answer.add(data) > HIGH and not self._paused:
            assert self.transport is not None  # noqa: S101 (connected)
            self.transport.pause_reading()
            self._paused = True
            self.due = NEVER  # it is we who wait

    def on_message_complete(self) -> None:
        """The answer is whole: the connection is free for another."""
        answer, parser = self.answer, self.parser
        if answer is None or parser is None:
            raise BadReplyError("more than one answer")
        if not answer.headed:
            answer.headers.clear()  # it was an interim one (RFC 9110, 15.2)
            answer.sized = False
            return
        answer.complete, self.answer, self.due = True, None, NEVER
        self.resume()
        if parser.should_keep_alive() and not self._unending:
            self.pool.free(self)
        else:
            self.abort()

    def resume(self) -> None:
        """Read on."""
        if self._paused and self.transport is not None:
            self._paused = False
            self.due = self.pool.loop.time() + self.pool.read_s if self.answer else NEVER
            self.transport.resume_reading()

    def eof_received(self) -> None:
        """An answer without a length ends with its connection (RFC 9112, 6.3)."""
        answer = self.answer
        if answer is not None and answer.headed and self._unending:
            answer.complete, self.answer = True, None
            answer.wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits is told."""
        if self.answer is not None:
            self._fail(CutReplyError(str(exc or "the upstream closed the connection")))
        self.parser = None
        self.pool.lost(self)

    def expire(self) -> None:
        """Nothing came in time."""
        if self.answer is not None:
            self._fail(TimeoutError("the upstream did not answer in time"))
        else:
            self.abort()

    def _fail(self, error: Exception) -> None:
        answer, self.answer = self.answer, None
        if answer is not None:
            answer.error, answer.complete = error, True
            answer.wake()
        self.abort()

    def abort(self) -> None:
        """Close it at once."""
        if self.transport is not None:
            self.transport.abort()
