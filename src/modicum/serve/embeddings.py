"""`POST /v1/embeddings` and `/v1/completions`: always an upstream's, passed through."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from modicum.serve.asking import decoded
from modicum.serve.exchange import Exchange
from modicum.serve.forward import Forward
from modicum.serve.hooks import Asked
from modicum.serve.rewrite import renamed

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway
    from modicum.serve.keyring import Caller


class _Request(msgspec.Struct):
    model: str
    stream: bool | None = None
    user: str | None = None


_request = msgspec.json.Decoder(_Request)


async def embeddings(gateway: Gateway, exchange: Exchange, caller: Caller, body: bytes) -> None:
    """Hand on one embeddings request."""
    await _pass(gateway, exchange, caller, body, "embeddings")


async def completions(gateway: Gateway, exchange: Exchange, caller: Caller, body: bytes) -> None:
    """Hand on one request of the old completions API."""
    await _pass(gateway, exchange, caller, body, "completions")


async def _pass(
    gateway: Gateway, exchange: Exchange, caller: Caller, body: bytes, name: str
) -> None:
    started = time.perf_counter()
    request = decoded(_request, body)
    target = gateway.models.ask(request.model)
    asked = Asked(name, request.model, caller, body, user=request.user or "")
    sent = body if target.model == request.model else renamed(body, target.model)
    way = Forward(gateway, exchange, asked, started, f"/{name}", None)
    await way.run(target, sent, stream=bool(request.stream))
