"""Requests of a period as figures: what each candidate used, and what the reference would have.

Read from the rollups, so it costs the same after ten million requests as after ten: the last hours
from those by hour, longer periods from those by day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, func, select

from modicum.figures import Figure
from modicum.ledger import traffic_schema as tables
from modicum.ledger.groups import (
    DAYS,
    HOURS,
    Group,
    Rollups,
    read_counts,
    read_groups,
    read_latencies,
)
from modicum.ledger.records import HOUR_MS
from modicum.ledger.usable import usable
from modicum.ledger.used import (
    QUANTITIES,
    UNITS,
    Constants,
    Used,
    constants_of,
    difference,
    summed,
    used,
)

DAY_MS = 24 * HOUR_MS


@dataclass
class Share:
    """One candidate or upstream model: how much it answered, and what that used."""

    task: str
    route: str
    requests: int
    used: Used
    is_reference: bool = False


@dataclass
class TaskPeriod:
    """One task: its shares, what it used, and what the reference alone would have used.

    used: audits included; `audits` is their part.  A task without a name is whatever was asked of
    an upstream model directly.  again: calls beyond the first of a request, None where the rollups
    of the period do not count them.
    """

    task: str
    shares: list[Share]
    used: Used
    reference: Used
    audited: int = 0
    audits: Used = field(default_factory=dict)
    p50_us: float | None = None
    p95_us: float | None = None
    failed: int = 0
    again: int | None = None

    @property
    def requests(self) -> int:
        """Answered requests."""
        return sum(share.requests for share in self.shares)

    def saved(self, quantity: str) -> Figure:
        """What the reference would have used beyond what was used."""
        return difference(self.reference[quantity], self.used[quantity])


@dataclass
class Period:
    """Everything answered between two times (UTC), by task, and by hour or day (`hours`)."""

    since_ms: int
    until_ms: int
    tasks: list[TaskPeriod]
    hours: list[tuple[int, int]] = field(default_factory=list)
    refused: int = 0
    failed: int = 0

    @property
    def requests(self) -> int:
        """Answered requests."""
        return sum(task.requests for task in self.tasks)


def read_today(engine: Engine, now_ms: int, hours: int = 24) -> Period:
    """The last hours; raises LedgerError where the ledger cannot be read."""
    last = now_ms // HOUR_MS
    first = last - hours + 1
    return _read(engine, HOURS, first, last, (first * HOUR_MS, now_ms))


def read_days(engine: Engine, first: int, last: int) -> Period:
    """Whole days since 1970, both included; raises LedgerError where it cannot be read."""
    return _read(engine, DAYS, first, last, (first * DAY_MS, (last + 1) * DAY_MS))


def days_there(engine: Engine) -> tuple[int, int] | None:
    """The first and the last day with a request; None where there is none."""
    d = tables.days.c
    with usable("requests"), engine.connect() as connection:
        first, last = connection.execute(select(func.min(d.day), func.max(d.day))).one()
    return None if first is None else (first, last)


def _read(engine: Engine, rollups: Rollups, first: int, last: int, span: tuple[int, int]) -> Period:
    with usable("requests"), engine.connect() as connection:
        # In one transaction, so that all of it is of one moment.
        rows = read_groups(connection, rollups, first, last)
        counts = read_counts(connection, rollups, first, last)
        constants = constants_of(connection.execute(select(tables.constants)))
        routes = list(connection.execute(select(tables.routes).order_by(tables.routes.c.id)))
        latencies = read_latencies(connection, rollups, first, last)
    references = {
        row.task: (row.route, constants.get(row.constants, {}))
        for row in routes
        if row.role == "reference"
    }
    by_task: dict[str, list[Group]] = defaultdict(list)
    for row in rows:
        by_task[row.task].append(row)
    tasks = [
        _task(name, found, constants, references.get(name))
        for name, found in sorted(by_task.items())
        if any(row.outcome == "answered" for row in found)
    ]
    for task in tasks:
        buckets = latencies.get(task.task, {})
        task.p50_us, task.p95_us = quantile(buckets, 0.5), quantile(buckets, 0.95)
    tasks.sort(key=lambda task: -task.requests)
    return Period(
        *span,
        tasks,
        [(at, counts.get(at, 0)) for at in range(first, last + 1)],
        sum(row.requests for row in rows if row.outcome == "refused"),
        sum(row.requests for row in rows if row.outcome == "failed"),
    )


def _task(
    name: str, rows: list[Group], constants: Constants, reference: tuple[str, Any] | None
) -> TaskPeriod:
    routes: dict[str, list[Group]] = defaultdict(list)
    answered = [row for row in rows if row.outcome == "answered"]
    own = [row for row in rows if row.outcome == "audited"]
    for row in answered:
        routes[row.route].append(row)
    shares = [
        Share(
            name,
            route,
            sum(row.requests for row in found),
            summed([used(row, constants.get(row.constants, {})) for row in found]),
            reference is not None and route == reference[0],
        )
        for route, found in routes.items()
    ]
    shares.sort(key=lambda share: -share.requests)
    audits = [used(row, constants.get(row.constants, {})) for row in own]
    return TaskPeriod(
        name,
        shares,
        summed([*(share.used for share in shares), *audits]),
        _by_reference(sum(row.inputs for row in answered), reference, _upstream(rows), constants),
        sum(row.requests for row in own),
        summed(audits),
        failed=sum(row.requests for row in rows if row.outcome == "failed"),
        again=_again(rows),
    )


def _again(rows: list[Group]) -> int | None:
    told = [max(r.attempts - r.requests, 0) for r in rows if r.attempts is not None]
    return sum(told) if told else None


def _upstream(rows: list[Group]) -> list[Group]:
    """What an upstream model did of this task, asked by a caller or by an audit."""
    return [row for row in rows if "/" in row.route and row.outcome in ("answered", "audited")]


def _by_reference(
    inputs: int, reference: tuple[str, Any] | None, seen: list[Group], constants: Constants
) -> Used:
    """The same inputs, all answered by the reference.

    What an upstream reference used on those of them (or on audits) that it did answer, taken for
    all; before it answered any, what the study found the decision's reference to use.
    """
    of_them = sum(row.inputs for row in seen)
    if of_them:
        by_them = summed([used(row, constants.get(row.constants, {})) for row in seen])
        return {quantity: figure * (inputs / of_them) for quantity, figure in by_them.items()}
    if reference is None:
        reason = "no decision tells what the reference uses"
        return {q: Figure.unknown(UNITS[q], reason) for q in QUANTITIES}
    found: Used = {}
    for quantity in QUANTITIES:
        per_request = reference[1].get((quantity, "request"))
        found[quantity] = (
            Figure.unknown(UNITS[quantity], "the decision does not tell")
            if per_request is None
            else per_request * float(inputs)
        )
    return found


def quantile(buckets: Mapping[int, int], level: float) -> float | None:
    """The middle of the bucket that holds the level, in microseconds; at most 9% off."""
    left = level * sum(buckets.values())
    for bucket in sorted(buckets):
        left -= buckets[bucket]
        if left <= 0:
            return float(2 ** ((bucket + 0.5) / 4))
    return None
