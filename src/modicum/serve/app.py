"""The ASGI application: raw on the hot paths, Starlette beside them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from modicum.errors import LedgerError
from modicum.serve import plain
from modicum.serve.admin import admin
from modicum.serve.chat import chat
from modicum.serve.embeddings import completions, embeddings
from modicum.serve.exchange import Exchange, Gone, Receive, Scope, Send
from modicum.serve.keyring import Caller, refuse_keys_in
from modicum.serve.messages import messages
from modicum.serve.origins import refuse_other_pages
from modicum.serve.problem import Problem
from modicum.serve.responses import responses
from modicum.serve.tasks import ask_task

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway

log = logging.getLogger("modicum.serve")
Endpoint = Callable[["Gateway", Exchange, Caller, bytes], Awaitable[None]]
_OPEN: dict[str, Callable[[Gateway, Exchange], Awaitable[None]]] = {
    "/health": plain.health,
    "/ready": plain.ready,
    "/metrics": plain.metrics,
    "/openapi.json": plain.openapi,
}
"""Paths that need no key: a prober and a scraper have none."""


class App:
    """The application of one gateway; `gateway` is where others plug in.

    pages: whether web pages of other sites may ask where no keys are wanted.
    """

    def __init__(self, gateway: Gateway, *, pages: bool = False) -> None:
        self.gateway = gateway
        server = gateway.settings.server
        self._guarded = not (server.auth or pages)
        self._most, self._body_s = int(server.max_body_mb * (1 << 20)), server.body_timeout_s
        self._posts: dict[str, Endpoint] = {
            "/v1/chat/completions": chat,
            "/v1/embeddings": embeddings,
            "/v1/completions": completions,
            "/v1/responses": responses,
            "/v1/messages": messages,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through one start and stop."""
        if scope["type"] == "http":
            await self.answer(Exchange(scope, receive, send))
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1000})

    async def answer(self, exchange: Exchange) -> None:
        """Answer one request, however it came."""
        path = exchange.path
        try:
            refuse_keys_in(exchange.query)
            if self._guarded and b"origin" in exchange.headers and exchange.method != "GET":
                refuse_other_pages(exchange.headers[b"origin"])
            endpoint = self._posts.get(path)
            if endpoint is None:
                await self._beside(exchange, path)
                return
            if exchange.method != "POST":
                raise Problem(405, "method_not_allowed", "POST here", ((b"allow", b"POST"),))
            given = exchange.headers
            caller = self.gateway.caller(given.get(b"authorization"), given.get(b"x-api-key"))
            if caller.key_id:
                exchange.degraded = await self.gateway.budget.admit(caller)
            body = await exchange.body(self._most, self._body_s)
            await endpoint(self.gateway, exchange, caller, body)
        except Problem as problem:
            await self._refuse(exchange, problem)
        except Gone:
            return
        except LedgerError as error:  # its cause names hosts and users: for the log alone
            log.warning("%s", error)
            away = Problem(503, "ledger_away", "the ledger is away: ask again in a moment")
            await self._refuse(exchange, away)
        except Exception:  # the caller gets one plain sentence, the log what happened
            log.exception("a request failed inside the gateway")
            await self._refuse(exchange, Problem(500, "internal_error", "the gateway failed"))

    async def _refuse(self, exchange: Exchange, problem: Problem) -> None:
        self.gateway.metrics.refuse(problem.code)
        if not exchange.started:
            anthropic = exchange.path.startswith("/v1/messages")
            await exchange.problem(problem, anthropic=anthropic)

    async def _beside(self, exchange: Exchange, path: str) -> None:
        gateway = self.gateway
        open_to_all = _OPEN.get(path)
        if open_to_all is not None:
            plain.no_body(exchange)
            await open_to_all(gateway, exchange)
            return
        plugged = gateway.routes.get(path)
        if plugged is not None:
            await plugged(*exchange.asgi())
            return
        given = exchange.headers
        caller = gateway.caller(given.get(b"authorization"), given.get(b"x-api-key"))
        if path == "/v1/models":
            plain.no_body(exchange)
            await plain.models(gateway, exchange)
        elif path.startswith("/v1/models/"):
            plain.no_body(exchange)
            await plain.model(gateway, exchange, path.removeprefix("/v1/models/"))
        elif path.startswith("/tasks/"):
            await self._task(exchange, caller, path.removeprefix("/tasks/"))
        elif path.startswith("/admin/"):
            body = await exchange.body(self._most, self._body_s)
            await admin(gateway, exchange, caller, body, path.removeprefix("/admin/"))
        else:
            raise Problem(404, "not_found", "nothing is at this path: see /openapi.json")

    async def _task(self, exchange: Exchange, caller: Caller, name: str) -> None:
        if exchange.method != "POST":
            raise Problem(405, "method_not_allowed", "POST here", ((b"allow", b"POST"),))
        if caller.key_id:
            exchange.degraded = await self.gateway.budget.admit(caller)
        body = await exchange.body(self._most, self._body_s)
        await ask_task(self.gateway, exchange, caller, body, name)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            try:
                if message["type"] == "lifespan.startup":
                    await self.gateway.start()
                    await send({"type": "lifespan.startup.complete"})
                else:
                    await self.gateway.stop()
                    await send({"type": "lifespan.shutdown.complete"})
                    return
            except Exception as error:  # whatever it was, the server must be told, not left waiting
                log.exception("the gateway cannot start or stop")
                await send({"type": f"{message['type']}.failed", "message": str(error)})
                return


def create_app(gateway: Gateway) -> App:
    """The application of a gateway, for any ASGI server."""
    return App(gateway)
