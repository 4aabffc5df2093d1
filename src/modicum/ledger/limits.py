"""Monthly limits of a key, a team or a project, shared by every worker through small leases.

A worker takes a share of what is left before it spends it, in one statement, so that all workers
together never take more than the limit.  What they overshoot by is what was in flight when a share
ran out; what a killed worker loses is the rest of its share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import ColumnElement, Connection, Engine, Table, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from modicum.errors import LedgerError
from modicum.ledger.traffic_schema import limits as table
from modicum.ledger.traffic_schema import spent
from modicum.ledger.usable import usable

Scope = Literal["key", "team", "project"]
Quantity = Literal["requests", "tokens", "cost", "energy_j", "carbon_g"]
Policy = Literal["refuse", "degrade"]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` of a quantity a month (UTC)."""

    scope: Scope
    name: str
    quantity: Quantity
    most: float
    policy: Policy


class LimitStore:
    """The limits in a ledger's database, and what was taken of them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def set(self, limit: Limit, at: int) -> None:
        """Set a limit, or change it; what was taken this month counts on."""
        if limit.scope not in get_args(Scope) or limit.quantity not in get_args(Quantity):
            known = ", ".join((*get_args(Scope), *get_args(Quantity)))
            raise LedgerError(
                f"a limit of {limit.quantity!r} on {limit.scope!r}: known are {known}"
            )
        if not limit.most >= 0:
            raise LedgerError(f"a limit of {limit.most} {limit.quantity}: give 0 or more")
        row = {name: getattr(limit, name) for name in Limit.__slots__} | {"set_at": at}
        with usable("limits"), self.engine.begin() as connection:
            connection.execute(delete(table).where(*_same(table, limit)))
            connection.execute(insert(table), [row])

    def remove(self, scope: str, name: str, quantity: str) -> bool:
        """Take a limit away; False where there was none."""
        c = table.c
        where = (c.scope == scope, c.name == name, c.quantity == quantity)
        with usable("limits"), self.engine.begin() as connection:
            return connection.execute(delete(table).where(*where)).rowcount == 1

    def all(self) -> list[Limit]:
        """Every limit."""
        columns = [table.c[name] for name in Limit.__slots__]
        with usable("limits"), self.engine.connect() as connection:
            rows = connection.execute(select(*columns).order_by(*columns[:3]))
            return [Limit(**row._mapping) for row in rows]

    def taken(self, month: str) -> dict[tuple[str, str, str], float]:
        """What was taken in a month ("2026-11"), by scope, name and quantity."""
        c = spent.c
        query = select(c.scope, c.name, c.quantity, c.taken).where(c.month == month)
        with usable("limits"), self.engine.connect() as connection:
            return {(row[0], row[1], row[2]): row[3] for row in connection.execute(query)}

    def take(self, limit: Limit, month: str, share: float) -> float:
        """Take up to `share` of what is left; returns what was granted, 0 where nothing is left."""
        where = (spent.c.month == month, *_same(spent, limit))
        with usable("limits"), self.engine.begin() as connection:
            self._row(connection, limit, month)
            query = select(spent.c.taken).where(*where).with_for_update()
            taken = connection.execute(query).scalar() or 0.0
            granted = max(min(share, limit.most - taken), 0.0)
            if granted:
                added = update(spent).where(*where).values(taken=spent.c.taken + granted)
                connection.execute(added)
            return granted

    def settle(self, limit: Limit, month: str, left: float) -> None:
        """Give back what is left of a lease (or charge what it was overdrawn by)."""
        where = (spent.c.month == month, *_same(spent, limit))
        with usable("limits"), self.engine.begin() as connection:
            self._row(connection, limit, month)
            connection.execute(update(spent).where(*where).values(taken=spent.c.taken - left))

    def _row(self, connection: Connection, limit: Limit, month: str) -> None:
        """Make the row; on SQLite this takes the write lock, so that what follows is alone."""
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        row = {"month": month, "scope": limit.scope, "name": limit.name}
        statement = dialect.insert(spent).values(row | {"quantity": limit.quantity, "taken": 0.0})
        connection.execute(statement.on_conflict_do_nothing())


def _same(where: Table, limit: Limit) -> tuple[ColumnElement[bool], ...]:
    c = where.c
    return (c.scope == limit.scope, c.name == limit.name, c.quantity == limit.quantity)
