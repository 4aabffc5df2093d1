"""The quiet paths: health, readiness, metrics, the list of models, the API's description."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import msgspec

from modicum._version import __version__
from modicum.serve.exchange import JSON, Exchange
from modicum.serve.openapi import description
from modicum.serve.problem import NOT_JSON, Problem

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway

_TEXT = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")
_MODELS_S = 30.0
_MOST_LIST = 1 << 22


async def health(gateway: Gateway, exchange: Exchange) -> None:
    """Alive: this process answers."""
    await _json(exchange, 200, {"status": "ok", "version": __version__})


async def ready(gateway: Gateway, exchange: Exchange) -> None:
    """Ready: it may be sent requests.  A ledger that is away is told, and does not stop it."""
    trouble = gateway.recorder.drain.trouble
    plain = {
        "status": "stopping" if gateway.stopping else "ready",
        "tasks": sorted(gateway.tasks),
        "ledger": "away: records wait in the journal" if trouble else "ok",
    }
    await _json(exchange, 503 if gateway.stopping else 200, plain)


async def metrics(gateway: Gateway, exchange: Exchange) -> None:
    """Prometheus."""
    text = await asyncio.to_thread(gateway.metrics.text)
    await exchange.reply(200, [_TEXT], text)


async def openapi(gateway: Gateway, exchange: Exchange) -> None:
    """The API's description."""
    await _json(exchange, 200, description())


async def models(gateway: Gateway, exchange: Exchange) -> None:
    """OpenAI's list: tasks, `auto`, and what the upstreams list."""
    data = [_model(name, "modicum", gateway) for name in sorted(gateway.tasks)]
    if any(task.template for task in gateway.tasks.values()):
        data.append(_model("auto", "modicum", gateway))
    for name, upstream in gateway.upstreams.items():
        listed = upstream.settings.models or await _listed(gateway, name)
        data += [_model(model, name, gateway) for model in listed]
    await _json(exchange, 200, {"object": "list", "data": data})


async def model(gateway: Gateway, exchange: Exchange, name: str) -> None:
    """One of them."""
    owner = "modicum" if name in gateway.tasks or name == "auto" else None
    if owner is None:
        owner = gateway.models.ask(name).upstream.name
    await _json(exchange, 200, _model(name, owner, gateway))


def _model(name: str, owner: str, gateway: Gateway) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": gateway.started_at, "owned_by": owner}


async def _listed(gateway: Gateway, name: str) -> list[str]:
    """What an upstream's own list says, asked at most every half minute; none where it fails."""
    at, known = gateway.listed.get(name, (-_MODELS_S, []))
    if time.monotonic() - at < _MODELS_S:
        return known
    upstream = gateway.upstreams[name]
    headers = [(b"anthropic-version", b"2023-06-01"), *upstream.credentials()]
    found: list[str] = []
    try:
        async with asyncio.timeout(3.0):
            answer = await upstream.replicas[0].pool.ask("GET", "/models", headers)
            plain = msgspec.json.decode(await answer.read(_MOST_LIST))
            found = [str(each["id"]) for each in plain["data"]][:1000]
    except (OSError, *NOT_JSON, LookupError, TypeError):
        found = known  # a list is a courtesy: an upstream without one serves all the same
    gateway.listed[name] = (time.monotonic(), found)
    return found


async def _json(exchange: Exchange, status: int, plain: dict[str, Any]) -> None:
    await exchange.reply(status, [JSON], msgspec.json.encode(plain))


def no_body(exchange: Exchange) -> None:
    """Raise Problem 405 but for GET and HEAD."""
    if exchange.method not in ("GET", "HEAD"):
        raise Problem(405, "method_not_allowed", "GET here", ((b"allow", b"GET, HEAD"),))
