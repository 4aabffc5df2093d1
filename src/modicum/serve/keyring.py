"""Who is calling: the keys of the ledger, held in memory and read anew every few seconds."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import parse_qsl

from modicum.ledger.keys import ApiKey
from modicum.serve.problem import Problem

FORBIDDEN = frozenset({"key", "api_key", "api-key", "apikey", "access_token", "token", "x-api-key"})
_MOST = 200  # bytes of a key that is still looked at


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks; all empty where the gateway runs without keys."""

    key_id: str = ""
    team: str = ""
    project: str = ""
    admin: bool = False


NOBODY = Caller()


class KeyRing:
    """The keys that are valid now."""

    def __init__(self, keys: Iterable[ApiKey] = ()) -> None:
        self.replace(keys)

    def replace(self, keys: Iterable[ApiKey]) -> None:
        """Take what the ledger holds now; a revoked key is forgotten."""
        self._known = {
            key.id: (
                bytes.fromhex(key.digest),
                Caller(key.id, key.team, key.project, key.admin),
            )
            for key in keys
            if key.revoked_at is None
        }

    def caller(self, authorization: bytes | None, api_key: bytes | None) -> Caller:
        """Who holds this key, compared in constant time; raises Problem 401."""
        given = api_key
        if authorization is not None:
            scheme, _, rest = authorization.partition(b" ")
            given = rest.strip() if scheme.lower() == b"bearer" else b""
        if not given:
            raise Problem(401, "invalid_api_key", "no API key: send Authorization: Bearer mk-...")
        parts = given.split(b"-", 2)
        name = parts[1].decode("ascii", "replace") if len(parts) == 3 else ""
        digest, caller = self._known.get(name, (b"\0" * 32, NOBODY))
        same = hmac.compare_digest(sha256(given[:_MOST]).digest(), digest)
        if not same or caller is NOBODY:
            raise Problem(401, "invalid_api_key", "this API key is not valid: ask for a new one")
        return caller


def refuse_keys_in(query: bytes) -> None:
    """Raise Problem 400 where a key came in the URL, which logs and proxies keep."""
    if not query:
        return
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name.casefold() in FORBIDDEN or value.startswith("mk-"):
            raise Problem(
                400,
                "key_in_url",
                "a key in the URL is refused, because URLs are logged: "
                "send it in the Authorization header",
            )
