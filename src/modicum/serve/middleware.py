"""The gateway inside another ASGI application, under a prefix."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from modicum.serve.app import App
from modicum.serve.exchange import Receive, Scope, Send

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway

Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class GatewayMiddleware:
    """Requests under `prefix` are the gateway's, all others the inner application's.

    The gateway starts with the first request it gets and must be stopped by `await
    middleware.gateway.stop()` where the inner application ends.

    >>> app = GatewayMiddleware(inner, gateway, prefix="/ai")  # doctest: +SKIP
    """

    def __init__(self, inner: Application, gateway: Gateway, prefix: str = "/ai") -> None:
        self.inner, self.gateway, self.prefix = inner, gateway, prefix.rstrip("/")
        self._app = App(gateway)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on one request."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(self.prefix + "/"):
            await self.inner(scope, receive, send)
            return
        if not self.gateway.started:
            await self.gateway.start()
        inside = {**scope, "path": path.removeprefix(self.prefix)}
        await self._app(inside, receive, send)
