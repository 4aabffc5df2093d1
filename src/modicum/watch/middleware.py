"""The auditor as ASGI middleware, around an application that answers with a small candidate."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from modicum.watch.auditor import Auditor
from modicum.watch.watch import Alarm

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]
Read = Callable[[bytes, bytes], tuple[str, str | None] | None]
_MOST = 1 << 20


class AuditMiddleware:
    """Shows an auditor the requests of one path and their answers, after they went out.

    read: input and answer from the bodies of request and reply; None where there are none.
    on_alarm: called on the event loop with each alarm.  Replies pass through untouched.
    """

    def __init__(
        self,
        app: Application,
        auditor: Auditor,
        path: str,
        read: Read,
        on_alarm: Callable[[Alarm], None] = lambda _alarm: None,
    ) -> None:
        self.app, self.auditor, self.path = app, auditor, path
        self.read, self.on_alarm = read, on_alarm
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Pass the request on; look at it afterwards."""
        if scope["type"] != "http" or scope["path"] != self.path:
            await self.app(scope, receive, send)
            return
        asked, told, status = bytearray(), bytearray(), 0

        async def heard() -> Message:
            message = await receive()
            _take(asked, message)
            return message

        async def said(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            _take(told, message)
            await send(message)

        await self.app(scope, heard, said)
        if 200 <= status < 300 and len(asked) <= _MOST and len(told) <= _MOST:
            task = asyncio.ensure_future(self._look(bytes(asked), bytes(told)))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def settled(self) -> None:
        """Return once every audit under way is done; for a graceful stop."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _look(self, asked: bytes, told: bytes) -> None:
        found = self.read(asked, told)
        if found is not None:
            for alarm in await asyncio.to_thread(self.auditor.see, *found):
                self.on_alarm(alarm)


def _take(body: bytearray, message: Message) -> None:
    if len(body) <= _MOST:
        body += message.get("body", b"")
