"""Keys and limits over HTTP: what `modicum keys` does, for an admin key.  Each call blocks."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from modicum.ledger.limits import Limit, Policy, Quantity, Scope
from modicum.serve.asking import decoded
from modicum.serve.budget import month_of
from modicum.serve.problem import Problem

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway

Most = Annotated[float, msgspec.Meta(ge=0)]


class _NewKey(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    team: str = ""
    project: str = ""
    admin: bool = False
    limits: dict[Quantity, Most] = {}
    policy: Policy = "refuse"


class _NewLimit(msgspec.Struct, forbid_unknown_fields=True):
    scope: Scope
    name: str
    quantity: Quantity
    most: Most
    policy: Policy = "refuse"


class _OldLimit(msgspec.Struct, forbid_unknown_fields=True):
    scope: Scope
    name: str
    quantity: Quantity


_new_key = msgspec.json.Decoder(_NewKey)
_new_limit = msgspec.json.Decoder(_NewLimit)
_old_limit = msgspec.json.Decoder(_OldLimit)
_SHOWN = ("id", "name", "team", "project", "admin", "created_at", "revoked_at")


def list_keys(gateway: Gateway, _: bytes) -> dict[str, Any]:
    """Every key, without what it is checked by."""
    return {"keys": [{name: getattr(k, name) for name in _SHOWN} for k in gateway.keys.all()]}


def create_key(gateway: Gateway, body: bytes) -> dict[str, Any]:
    """Make a key with its limits; its text is in this answer and never again."""
    wanted = decoded(_new_key, body)
    key, text = gateway.keys.create(
        wanted.name, team=wanted.team, project=wanted.project, admin=wanted.admin
    )
    for quantity, most in wanted.limits.items():
        limit = Limit("key", key.id, quantity, most, wanted.policy)
        gateway.budget.store.set(limit, gateway.clock_ms())
    gateway.read_keys()
    return {"id": key.id, "key": text}


def revoke_key(gateway: Gateway, key_id: str) -> dict[str, Any]:
    """Revoke a key: at once in this worker, within 3 seconds in the others."""
    if not gateway.keys.revoke(key_id):
        raise Problem(404, "no_such_key", "there is no valid key of that id")
    gateway.read_keys()
    return {"revoked": True}


def list_limits(gateway: Gateway, _: bytes) -> dict[str, Any]:
    """Every limit, and what was taken of it this month; shares that workers hold count as taken."""
    store, month = gateway.budget.store, month_of(gateway.clock_ms())
    taken = store.taken(month)
    told = [
        asdict(each) | {"taken": taken.get((each.scope, each.name, each.quantity), 0.0)}
        for each in store.all()
    ]
    return {"month": month, "limits": told}


def set_limit(gateway: Gateway, body: bytes) -> dict[str, Any]:
    """Set a limit of a key, a team or a project, or change it."""
    wanted = decoded(_new_limit, body)
    limit = Limit(wanted.scope, wanted.name, wanted.quantity, wanted.most, wanted.policy)
    gateway.budget.store.set(limit, gateway.clock_ms())
    gateway.read_keys()
    return asdict(limit)


def lift_limit(gateway: Gateway, body: bytes) -> dict[str, Any]:
    """Take a limit away."""
    old = decoded(_old_limit, body)
    if not gateway.budget.store.remove(old.scope, old.name, old.quantity):
        words = f"{old.scope} {old.name!r} has no limit of {old.quantity}"
        raise Problem(404, "no_such_limit", words)
    gateway.read_keys()
    return {"lifted": True}
