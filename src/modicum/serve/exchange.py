"""One HTTP exchange over raw ASGI: headers read once, the body bounded, the reply sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from modicum.serve.problem import Problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

JSON = (b"content-type", b"application/json")
EVENTS = (b"content-type", b"text/event-stream; charset=utf-8")


def header_text(text: str) -> bytes:
    """A caller's words as a header may hold them: no control character can end it early.

    >>> header_text("a\\r\\nx-evil: 1")
    b'a  x-evil: 1'
    """
    return "".join(c if " " <= c <= "~" else " " if c < " " else "?" for c in text).encode()


class Gone(Exception):  # noqa: N818 (an event, not a fault)
    """The caller closed the connection."""


class Exchange:
    """A request and the way to answer it."""

    __slots__ = ("degraded", "headers", "receive", "scope", "send", "started")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope, self.receive, self.send = scope, receive, send
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.started = False
        self.degraded = False

    async def body(self, most: int, timeout_s: float) -> bytes:
        """The whole body; raises Problem 413 or 408, or Gone."""
        length = self.headers.get(b"content-length")
        if length is not None and (not length.isdigit() or int(length) > most):
            raise Problem(413, "body_too_large", f"the body is over {most >> 20} MB: send less")
        message = await self.receive()
        if message["type"] == "http.request" and not message.get("more_body"):
            whole: bytes = message.get("body", b"")
            return self._bounded(whole, most)
        return await self._rest(message, most, timeout_s)

    async def _rest(self, message: Message, most: int, timeout_s: float) -> bytes:
        parts, size = [], 0
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    if message["type"] == "http.disconnect":
                        raise Gone
                    part = message.get("body", b"")
                    size += len(part)
                    parts.append(part)
                    if size > most:
                        self._bounded(b"", -1)
                    if not message.get("more_body"):
                        return b"".join(parts)
                    message = await self.receive()
        except TimeoutError:
            raise Problem(408, "body_timeout", "the body came too slowly: send it again") from None

    def _bounded(self, body: bytes, most: int) -> bytes:
        if len(body) > most:
            raise Problem(413, "body_too_large", "the body is too large: send less")
        return body

    async def reply(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a whole answer."""
        self.started = True
        headers.append((b"content-length", str(len(body)).encode()))
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    async def begin(self, status: int, headers: Headers) -> None:
        """Send the head of an answer whose body comes in parts."""
        self.started = True
        await self.send({"type": "http.response.start", "status": status, "headers": headers})

    async def part(self, body: bytes, *, more: bool = True) -> None:
        """Send a part of the body."""
        await self.send({"type": "http.response.body", "body": body, "more_body": more})

    async def problem(self, problem: Problem, *, anthropic: bool = False) -> None:
        """Send an error."""
        headers: Headers = [JSON, *problem.headers]
        if problem.status in (408, 413):
            headers.append((b"connection", b"close"))
        await self.reply(problem.status, headers, problem.body(anthropic=anthropic))

    async def gone(self) -> None:
        """Return once the caller has closed the connection."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


class Watch:
    """While it is open, the caller's leaving cancels the current task, and `gone` tells why.

    A server that tells disconnection by a call (`modicum.connection` in the scope) costs nothing;
    any other needs a task that waits for the message.
    """

    __slots__ = ("_connection", "_exchange", "_target", "_task", "gone")

    def __init__(self, exchange: Exchange) -> None:
        self._exchange, self.gone = exchange, False
        self._task: asyncio.Task[None] | None = None
        self._target: asyncio.Task[Any] | None = None
        self._connection = exchange.scope.get("modicum.connection")

    def __enter__(self) -> Watch:
        self._target = asyncio.current_task()
        if self._connection is not None:
            self._connection.on_gone = self._left
        else:
            self._task = asyncio.ensure_future(self._wait())
        return self

    async def _wait(self) -> None:
        await self._exchange.gone()
        self._left()

    def _left(self) -> None:
        self.gone = True
        if self._target is not None:
            self._target.cancel()

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if self._connection is not None:
            self._connection.on_gone = None
        if self._task is not None:
            self._task.cancel()
        if self.gone and self._target is not None and kind is asyncio.CancelledError:
            self._target.uncancel()
            raise Gone
