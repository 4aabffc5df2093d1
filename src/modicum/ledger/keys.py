"""API keys: hashed, labelled with a team and a project, revocable.

A key is `mk-ID-SECRET`: the id finds the row, the secret (190 bits) is kept only as its SHA-256,
which needs no salt or stretching because nobody can guess 190 random bits.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Engine, insert, select, update

from modicum.ledger.traffic_schema import keys as table
from modicum.ledger.usable import usable

_LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key as the ledger knows it; times are milliseconds since 1970."""

    id: str
    digest: str
    name: str
    team: str
    project: str
    admin: bool
    created_at: int
    revoked_at: int | None


class KeyStore:
    """The keys in a ledger's database."""

    def __init__(self, engine: Engine, clock_ms: Callable[[], int]) -> None:
        self.engine, self.clock_ms = engine, clock_ms

    def create(
        self, name: str, *, team: str = "", project: str = "", admin: bool = False
    ) -> tuple[ApiKey, str]:
        """Make a key; the text is returned here and never again."""
        key_id = "".join(secrets.choice(_LETTERS) for _ in range(10))
        secret = "".join(secrets.choice(_LETTERS) for _ in range(32))
        text = f"mk-{key_id}-{secret}"
        key = ApiKey(key_id, digest_of(text), name, team, project, admin, self.clock_ms(), None)
        row = {field: getattr(key, field) for field in ApiKey.__slots__}
        with usable("keys"), self.engine.begin() as connection:
            connection.execute(insert(table), [row | {"admin": int(admin)}])
        return key, text

    def all(self) -> list[ApiKey]:
        """Every key, the oldest first."""
        columns = [table.c[field] for field in ApiKey.__slots__]
        with usable("keys"), self.engine.connect() as connection:
            rows = connection.execute(select(*columns).order_by(table.c.created_at, table.c.id))
            return [ApiKey(**{**row._mapping, "admin": bool(row.admin)}) for row in rows]

    def revoke(self, key_id: str) -> bool:
        """Revoke a key; False where there is no such key, or it was revoked before."""
        statement = (
            update(table)
            .where(table.c.id == key_id, table.c.revoked_at.is_(None))
            .values(revoked_at=self.clock_ms())
        )
        with usable("keys"), self.engine.begin() as connection:
            return connection.execute(statement).rowcount == 1


def digest_of(text: str) -> str:
    """What is kept of a key."""
    return sha256(text.encode()).hexdigest()
