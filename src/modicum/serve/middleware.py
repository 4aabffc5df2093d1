"""The gateway inside another ASGI application, under a prefix."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from modicum.serve.app import App
from modicum.serve.exchange import Message, Receive, Scope, Send

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway

Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class GatewayMiddleware:
    """Requests under `prefix` are the gateway's, all others the inner application's.

    The gateway starts and stops with the inner application, where the server tells that (ASGI's
    lifespan); else it starts with its first request, and `await gateway.stop()` is the caller's.

    >>> app = GatewayMiddleware(inner, gateway, prefix="/ai")  # doctest: +SKIP
    """

    def __init__(self, inner: Application, gateway: Gateway, prefix: str = "/ai") -> None:
        self.inner, self.gateway, self.prefix = inner, gateway, prefix.rstrip("/")
        self._app = App(gateway, pages=True)  # who may ask is the inner application's to say
        self._starting = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on one request."""
        if scope["type"] == "lifespan":
            await self.inner(scope, receive, self._beside(send))
            return
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(self.prefix + "/"):
            await self.inner(scope, receive, send)
            return
        await self._start()
        inside = {**scope, "path": path.removeprefix(self.prefix)}
        await self._app(inside, receive, send)

    async def _start(self) -> None:
        async with self._starting:  # what comes while it starts waits for it
            if not self.gateway.started:
                await self.gateway.start()

    def _beside(self, send: Send) -> Send:
        """Starts the gateway before the inner application's start is told, and so its stop."""

        async def told(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                await self._start()
            elif message["type"] == "lifespan.shutdown.complete":
                await self.gateway.stop()
            await send(message)

        return told
