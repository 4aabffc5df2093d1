"""`GET /`: the live page.  What draws it is handed in, so that this room needs no other."""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from modicum.serve.exchange import Exchange, Receive, Scope, Send
from modicum.serve.problem import Problem

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway

FRESH_S = 2.0
"""A drawn page serves everybody for this long."""
_CHALLENGE = (b"www-authenticate", b'Basic realm="Modicum: any name, an API key as the password"')


class LivePage:
    """The ASGI application behind the path; a browser gives an API key as its password."""

    def __init__(self, gateway: Gateway, draw: Callable[[], str]) -> None:
        self.gateway, self.draw = gateway, draw
        self._drawn, self._at = b"", float("-inf")
        self._one = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the page; raises Problem."""
        exchange = Exchange(scope, receive, send)
        if scope["method"] not in ("GET", "HEAD"):
            raise Problem(405, "method_not_allowed", "GET here", ((b"allow", b"GET, HEAD"),))
        self._admit(exchange)
        async with self._one:
            if time.monotonic() - self._at > FRESH_S:
                self._drawn = (await asyncio.to_thread(self.draw)).encode()
                self._at = time.monotonic()
        headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
        ]
        await exchange.reply(200, headers, self._drawn if scope["method"] == "GET" else b"")

    def _admit(self, exchange: Exchange) -> None:
        given = exchange.headers
        authorization, key = given.get(b"authorization"), given.get(b"x-api-key")
        kind, _, code = (authorization or b"").partition(b" ")
        if kind.lower() == b"basic":
            try:
                authorization = (
                    b"Bearer " + base64.b64decode(code, validate=True).partition(b":")[2]
                )
            except (binascii.Error, ValueError):
                authorization = None
        try:
            self.gateway.caller(authorization, key)
        except Problem as problem:
            if problem.status != 401:
                raise
            raise Problem(401, problem.code, str(problem), (_CHALLENGE,)) from None
