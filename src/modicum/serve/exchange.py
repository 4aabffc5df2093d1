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


def too_large(most: int) -> Problem:
    """The answer to a body of more than `most` bytes."""
    return Problem(413, "body_too_large", f"the body is over {most >> 20} MB: send less")


def too_slow() -> Problem:
    """The answer to a body that does not come."""
    return Problem(408, "body_timeout", "the body came too slowly: send it again")


class Gone(Exception):  # noqa: N818 (an event, not a fault)
    """The caller closed the connection."""


class Exchange:
    """A request and the way to answer it; this one over ASGI, `direct` has one without."""

    __slots__ = (
        "_listening", "degraded", "headers", "method", "path", "query", "receive", "scope", "send",
        "started",
    )  # fmt: skip

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope, self.receive, self.send = scope, receive, send
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: bytes = scope["query_string"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.started = self.degraded = False
        self._listening: asyncio.Task[None] | None = None

    def asgi(self) -> tuple[Scope, Receive, Send]:
        """The same for an ASGI application."""
        return self.scope, self.receive, self.send

    async def body(self, most: int, timeout_s: float) -> bytes:
        """The whole body; raises Problem 413 or 408, or Gone."""
        self.check_length(most)
        message = await self.receive()
        if message["type"] == "http.request" and not message.get("more_body"):
            whole: bytes = message.get("body", b"")
            if len(whole) > most:
                raise too_large(most)
            return whole
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
                        raise too_large(most)
                    if not message.get("more_body"):
                        return b"".join(parts)
                    message = await self.receive()
        except TimeoutError:
            raise too_slow() from None

    def check_length(self, most: int) -> None:
        """Raise Problem 413 where the head tells already that the body is too large."""
        length = self.headers.get(b"content-length")
        if length is not None and (not length.isdigit() or int(length) > most):
            raise too_large(most)

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

    def listen(self, on_gone: Callable[[], None]) -> None:
        """Call `on_gone` when the caller closes the connection, until `ignore` is called."""

        async def wait() -> None:
            while (await self.receive())["type"] != "http.disconnect":
                pass
            on_gone()

        self._listening = asyncio.ensure_future(wait())

    def ignore(self) -> None:
        """End what `listen` began."""
        if self._listening is not None:
            self._listening.cancel()
            self._listening = None


class Watch:
    """While it is open, the caller's leaving cancels the current task, and raises Gone."""

    __slots__ = ("_exchange", "_gone", "_target")

    def __init__(self, exchange: Exchange) -> None:
        self._exchange, self._gone = exchange, False
        self._target: asyncio.Task[Any] | None = None

    def __enter__(self) -> None:
        self._target = asyncio.current_task()
        self._exchange.listen(self._left)

    def _left(self) -> None:
        self._gone = True
        if self._target is not None:
            self._target.cancel()

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        self._exchange.ignore()
        target, self._target = self._target, None
        if self._gone and target is not None and kind is asyncio.CancelledError:
            target.uncancel()
            raise Gone
