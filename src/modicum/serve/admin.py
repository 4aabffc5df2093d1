"""Managing a running gateway: reload decisions, make and revoke keys.  An admin key opens it."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import TYPE_CHECKING, Any

import msgspec

from modicum.errors import ModicumError
from modicum.serve.asking import decoded
from modicum.serve.exchange import JSON, Exchange
from modicum.serve.problem import Problem

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway
    from modicum.serve.keyring import Caller

log = logging.getLogger("modicum.serve")


class _NewKey(msgspec.Struct):
    name: str
    team: str = ""
    project: str = ""


_new_key = msgspec.json.Decoder(_NewKey)


async def admin(
    gateway: Gateway, exchange: Exchange, caller: Caller, body: bytes, path: str
) -> None:
    """Answer one path under /admin/."""
    if gateway.settings.server.auth and not caller.admin:
        raise Problem(403, "not_admin", "this key is no admin key: `modicum keys create --admin`")
    method = exchange.method
    if (method, path) == ("POST", "reload"):
        await _send(exchange, {"reloaded": await reload_all(gateway)})
    elif (method, path) == ("GET", "keys"):
        await _send(exchange, {"keys": await asyncio.to_thread(_keys, gateway)})
    elif (method, path) == ("POST", "keys"):
        wanted = decoded(_new_key, body)
        key, text = await asyncio.to_thread(
            gateway.keys.create, wanted.name, team=wanted.team, project=wanted.project
        )
        await _send(exchange, {"id": key.id, "key": text})
    elif method == "DELETE" and path.startswith("keys/"):
        revoked = await asyncio.to_thread(gateway.keys.revoke, path.removeprefix("keys/"))
        if not revoked:
            raise Problem(404, "no_such_key", "there is no valid key of that id")
        await asyncio.to_thread(gateway.read_keys)
        await _send(exchange, {"revoked": True})
    else:
        raise Problem(404, "not_found", "nothing is at this path: see /openapi.json")


def _keys(gateway: Gateway) -> list[dict[str, Any]]:
    names = ("id", "name", "team", "project", "admin", "created_at", "revoked_at")
    return [{name: getattr(key, name) for name in names} for key in gateway.keys.all()]


async def _send(exchange: Exchange, plain: dict[str, Any]) -> None:
    await exchange.reply(200, [JSON], msgspec.json.encode(plain))


async def reload_all(gateway: Gateway) -> dict[str, str]:
    """Load every decision anew; one that cannot be loaded is told, and the old one goes on."""
    told: dict[str, str] = {}
    for name in list(gateway.tasks):
        try:
            await asyncio.to_thread(gateway.reload, name)
            told[name] = "reloaded"
        except ModicumError as error:
            told[name] = f"kept as it was: {error}"
            log.warning("task %s is kept as it was: %s", name, error)
    return told


async def reload_on_hangup(gateway: Gateway) -> None:
    """Reload at SIGHUP, until cancelled."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, asked.set)
    try:
        while True:
            await asked.wait()
            asked.clear()
            await reload_all(gateway)
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
