"""Limits as a worker holds them: leases in memory, refilled off the hot path."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from modicum.errors import LedgerError
from modicum.ledger.limits import Limit, LimitStore
from modicum.ledger.records import RequestRecord
from modicum.serve.keyring import Caller
from modicum.serve.problem import Problem

SHARES = 100
"""A lease is a hundredth of the limit: what a killed worker loses at most, for each limit."""

log = logging.getLogger("modicum.serve")


class Lease:
    """What this worker may still spend of one limit."""

    __slots__ = ("filling", "left", "limit", "spent_out")

    def __init__(self, limit: Limit) -> None:
        self.limit, self.left = limit, 0.0
        self.filling: asyncio.Task[None] | None = None
        self.spent_out = False


class Budget:
    """Every lease of this worker; a caller without limits costs one look-up."""

    def __init__(self, store: LimitStore, clock_ms: Callable[[], int]) -> None:
        self.store, self.clock_ms = store, clock_ms
        self.month = month_of(clock_ms())
        self._leases: dict[tuple[str, str, str], Lease] = {}
        self._callers: dict[str, tuple[Lease, ...]] = {}

    def replace(self, limits: Iterable[Limit]) -> list[Lease]:
        """Take what the ledger holds now; returns leases that must be settled by the caller."""
        now, over = month_of(self.clock_ms()), []
        fresh: dict[tuple[str, str, str], Lease] = {}
        for limit in limits:
            key = (limit.scope, limit.name, limit.quantity)
            old = self._leases.pop(key, None)
            if old is not None and old.limit == limit and now == self.month:
                fresh[key] = old
                old.spent_out = False  # it may have been given back by another
            else:
                over += [old] if old is not None and now == self.month else []
                fresh[key] = Lease(limit)
        over += [lease for lease in self._leases.values() if now == self.month]
        self.month, self._leases, self._callers = now, fresh, {}
        return over

    def leases(self, caller: Caller) -> tuple[Lease, ...]:
        """Those that hold for a caller."""
        found = self._callers.get(caller.key_id)
        if found is None:
            names = {("key", caller.key_id), ("team", caller.team), ("project", caller.project)}
            found = tuple(
                lease for (scope, name, _), lease in self._leases.items() if (scope, name) in names
            )
            self._callers[caller.key_id] = found
        return found

    async def admit(self, caller: Caller, requests: int = 1) -> bool:
        """Let a request in; returns whether it must be degraded to smaller.

        Raises:
            Problem: 429 with Retry-After, where a limit is reached that refuses.
        """
        degraded = False
        for lease in self.leases(caller):
            need = float(requests) if lease.limit.quantity == "requests" else 0.0
            if lease.left < need or lease.left <= 0.0:
                await self._fill(lease, need)
            if lease.left < need or lease.left <= 0.0:
                if lease.limit.policy == "refuse":
                    raise self.refusal(lease)
                degraded = True
            lease.left -= need
        return degraded

    async def _fill(self, lease: Lease, need: float) -> None:
        if lease.spent_out:
            return
        if lease.filling is None:
            lease.filling = asyncio.ensure_future(self._take(lease, need))
        await asyncio.shield(lease.filling)

    async def _take(self, lease: Lease, need: float) -> None:
        limit = lease.limit
        share = max(limit.most / SHARES, need) - min(lease.left, 0.0)
        try:
            granted = await asyncio.to_thread(self.store.take, limit, self.month, share)
        except LedgerError as error:
            # Without the ledger nobody knows what others spent: it is as if nothing were left.
            log.warning("%s", error)
            granted = 0.0
        finally:
            lease.filling = None
        lease.left += granted
        lease.spent_out = granted <= 0.0

    def spend(self, record: RequestRecord, caller: Caller, used: tuple[float | None, ...]) -> None:
        """Charge what a request used: (energy, carbon, cost); what is unknown cannot be charged."""
        for lease in self.leases(caller):
            quantity = lease.limit.quantity
            if quantity == "tokens":
                lease.left -= (record.tokens_in or 0) + (record.tokens_out or 0)
            elif quantity != "requests":
                lease.left -= used[_ORDER[quantity]] or 0.0

    def refusal(self, lease: Lease) -> Problem:
        """The 429 of a limit that is reached."""
        limit, wait = lease.limit, seconds_to_next_month(self.clock_ms())
        return Problem(
            429,
            "limit_reached",
            f"the monthly limit of {limit.most:g} {limit.quantity} of {limit.scope} "
            f"{limit.name!r} is reached: it begins anew next month, or ask for more",
            ((b"retry-after", str(wait).encode()),),
        )

    def settle(self, leases: Iterable[Lease] | None = None) -> None:
        """Give back what is left (blocking; at a change of limits and at the stop)."""
        for lease in self._leases.values() if leases is None else leases:
            left, lease.left = lease.left, 0.0
            if left:
                self.store.settle(lease.limit, self.month, left)


_ORDER = {"energy_j": 0, "carbon_g": 1, "cost": 2}


def month_of(at_ms: int) -> str:
    """The month of a time, in UTC.

    >>> month_of(1_795_600_800_000)
    '2026-11'
    """
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m")


def seconds_to_next_month(at_ms: int) -> int:
    """Until the limits begin anew.

    >>> seconds_to_next_month(1_795_600_800_000)
    482400
    """
    now = datetime.fromtimestamp(at_ms / 1000, UTC)
    after = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
    return max(int((after - now).total_seconds()), 1)
