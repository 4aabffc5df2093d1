"""Managing a running gateway: decisions, keys and limits.  An admin key opens it."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from modicum.errors import ModicumError
from modicum.serve import admin_keys
from modicum.serve.exchange import JSON, Exchange
from modicum.serve.problem import Problem

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway
    from modicum.serve.keyring import Caller

log = logging.getLogger("modicum.serve")
_CALLS: dict[tuple[str, str], Callable[[Gateway, bytes], dict[str, Any]]] = {
    ("GET", "keys"): admin_keys.list_keys,
    ("POST", "keys"): admin_keys.create_key,
    ("GET", "limits"): admin_keys.list_limits,
    ("PUT", "limits"): admin_keys.set_limit,
    ("DELETE", "limits"): admin_keys.lift_limit,
}


async def admin(
    gateway: Gateway, exchange: Exchange, caller: Caller, body: bytes, path: str
) -> None:
    """Answer one path under /admin/; raises Problem, or LedgerError where the ledger is away."""
    if gateway.settings.server.auth and not caller.admin:
        raise Problem(403, "not_admin", "this key is no admin key: `modicum keys create --admin`")
    told = await _told(gateway, exchange.method, path, body)
    await exchange.reply(200, [JSON], msgspec.json.encode(told))


async def _told(gateway: Gateway, method: str, path: str, body: bytes) -> dict[str, Any]:
    if (method, path) == ("POST", "reload"):
        return {"reloaded": await reload_all(gateway)}
    if method == "DELETE" and path.startswith("keys/"):
        key_id = path.removeprefix("keys/")
        return await asyncio.to_thread(admin_keys.revoke_key, gateway, key_id)
    call = _CALLS.get((method, path))
    if call is None:
        raise Problem(404, "not_found", "nothing is at this path: see /openapi.json")
    return await asyncio.to_thread(call, gateway, body)


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
