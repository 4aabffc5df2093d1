"""Today's requests as figures: what each candidate used, and what the reference would have used.

Read from the hourly rollups, so it costs the same after a million requests as after ten.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

from modicum.errors import FigureError, LedgerError
from modicum.figures import Figure, total
from modicum.ledger import traffic_schema as tables
from modicum.ledger.records import HOUR_MS

QUANTITIES = ("energy_j", "carbon_g", "cost")
UNITS = {"energy_j": "J", "carbon_g": "gCO2e", "cost": "1"}

Used = dict[str, Figure]


@dataclass
class Share:
    """One candidate or upstream model: how much it answered, and what that used."""

    task: str
    route: str
    requests: int
    used: Used
    is_reference: bool = False


@dataclass
class TaskToday:
    """One task: its shares, what it used, and what the reference alone would have used.

    used: audits included; `audits` is their part.  A task without a name is whatever was asked of
    an upstream model directly.
    """

    task: str
    shares: list[Share]
    used: Used
    reference: Used
    audited: int = 0
    audits: Used = field(default_factory=dict)
    p50_us: float | None = None
    p95_us: float | None = None

    @property
    def requests(self) -> int:
        """Answered requests."""
        return sum(share.requests for share in self.shares)

    def saved(self, quantity: str) -> Figure:
        """What the reference would have used beyond what was used."""
        return difference(self.reference[quantity], self.used[quantity])


@dataclass
class Today:
    """Everything answered between two hours (UTC), by task, and by hour."""

    since_ms: int
    until_ms: int
    tasks: list[TaskToday]
    hours: list[tuple[int, int]] = field(default_factory=list)
    refused: int = 0
    failed: int = 0

    @property
    def requests(self) -> int:
        """Answered requests."""
        return sum(task.requests for task in self.tasks)


def read_today(engine: Engine, now_ms: int, hours: int = 24) -> Today:
    """The last hours; raises LedgerError where the ledger cannot be read."""
    last = now_ms // HOUR_MS
    first = last - hours + 1
    try:
        with engine.connect() as connection:
            r = tables.rollups
            rows = list(connection.execute(select(r).where(r.c.hour >= first)))
            constants = _constants(connection.execute(select(tables.constants)))
            routes = list(connection.execute(select(tables.routes).order_by(tables.routes.c.id)))
            t = tables.latencies
            latencies = list(connection.execute(select(t).where(t.c.hour >= first)))
    except DBAPIError as error:
        cause = str(error.orig or error).splitlines()[0]
        raise LedgerError(f"today's requests cannot be read ({cause})") from None
    references = {
        row.task: (row.route, constants.get(row.constants, {}))
        for row in routes
        if row.role == "reference"
    }
    answered = [row for row in rows if row.outcome == "answered"]
    tasks = [
        _task(name, [row for row in rows if row.task == name], constants, references.get(name))
        for name in sorted({row.task for row in answered})
    ]
    for task in tasks:
        buckets = _buckets(row for row in latencies if row.task == task.task)
        task.p50_us, task.p95_us = _quantile(buckets, 0.5), _quantile(buckets, 0.95)
    tasks.sort(key=lambda task: -task.requests)
    counts: dict[int, int] = defaultdict(int)
    for row in answered:
        counts[row.hour] += row.requests
    return Today(
        first * HOUR_MS,
        now_ms,
        tasks,
        [(hour, counts[hour]) for hour in range(first, last + 1)],
        sum(row.requests for row in rows if row.outcome == "refused"),
        sum(row.requests for row in rows if row.outcome == "failed"),
    )


Constants = Mapping[str, Mapping[tuple[str, str], Figure]]


def _constants(rows: Iterable[Any]) -> Constants:
    found: dict[str, dict[tuple[str, str], Figure]] = defaultdict(dict)
    names = ("value", "low", "high", "unit", "basis", "source", "boundary", "reason")
    for row in rows:
        plain = {name: getattr(row, name) for name in names}
        # One error a set of constants: what it says per request and per token errs together, and
        # a thousand requests do not make it smaller.
        figure = Figure.from_dict(plain)
        if figure.known and figure.low != figure.high:
            figure = Figure.of(
                figure.value or 0.0,
                figure.low or 0.0,
                figure.high or 0.0,
                figure.unit,
                basis=figure.basis,
                source=figure.source,
                boundary=figure.boundary,
                error=f"constants:{row.id}:{row.quantity}",
            )
        found[row.id][(row.quantity, row.per)] = figure
    return found


def _task(
    name: str, rows: list[Any], constants: Constants, reference: tuple[str, Any] | None
) -> TaskToday:
    routes: dict[str, list[Any]] = defaultdict(list)
    answered = [row for row in rows if row.outcome == "answered"]
    own = [row for row in rows if row.outcome == "audited"]
    for row in answered:
        routes[row.route].append(row)
    shares = [
        Share(
            name,
            route,
            sum(row.requests for row in found),
            _sum([_used(row, constants.get(row.constants, {})) for row in found]),
            reference is not None and route == reference[0],
        )
        for route, found in routes.items()
    ]
    shares.sort(key=lambda share: -share.requests)
    audits = [_used(row, constants.get(row.constants, {})) for row in own]
    return TaskToday(
        name,
        shares,
        _sum([*(share.used for share in shares), *audits]),
        _by_reference(sum(row.inputs for row in answered), reference, _upstream(rows), constants),
        sum(row.requests for row in own),
        _sum(audits),
    )


def _used(row: Any, constants: Mapping[tuple[str, str], Figure]) -> Used:
    """What the requests of one rollup used: counts times constants."""
    found: Used = {}
    for quantity in QUANTITIES:
        parts = []
        for per, count in (
            ("request", row.inputs),
            ("token_in", row.tokens_in),
            ("token_out", row.tokens_out),
        ):
            figure = constants.get((quantity, per))
            if figure is None:
                continue
            if per != "request" and row.unmetered:
                figure = Figure.unknown(
                    figure.unit, f"{row.unmetered} requests did not tell their tokens"
                )
            parts.append(figure * float(count))
        found[quantity] = _total(parts, quantity, "nothing is known of this route")
    return found


def _upstream(rows: list[Any]) -> list[Any]:
    """What an upstream model did of this task, asked by a caller or by an audit."""
    return [row for row in rows if "/" in row.route and row.outcome in ("answered", "audited")]


def _by_reference(
    inputs: int, reference: tuple[str, Any] | None, seen: list[Any], constants: Constants
) -> Used:
    """The same inputs, all answered by the reference.

    What an upstream reference used on those of them (or on audits) that it did answer, taken for
    all; before it answered any, what the study found the decision's reference to use.
    """
    of_them = sum(row.inputs for row in seen)
    if of_them:
        used = _sum([_used(row, constants.get(row.constants, {})) for row in seen])
        return {quantity: figure * (inputs / of_them) for quantity, figure in used.items()}
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


def _sum(parts: list[Used]) -> Used:
    return {
        quantity: _total([p[quantity] for p in parts], quantity, "no requests")
        for quantity in QUANTITIES
    }


def _total(parts: list[Figure], quantity: str, nothing: str) -> Figure:
    return total_of(parts, nothing) if parts else Figure.unknown(UNITS[quantity], nothing)


def total_of(figures: list[Figure], nothing: str) -> Figure:
    """Their sum; unknown where there are none, with that reason, or their units do not meet."""
    if not figures:
        return Figure.unknown("1", nothing)
    try:
        return total(figures)
    except FigureError as error:
        return Figure.unknown(figures[0].unit, f"parts in different units: {error}")


def difference(one: Figure, other: Figure) -> Figure:
    """One minus the other; unknown where their units do not meet."""
    try:
        return one - other
    except FigureError as error:
        return Figure.unknown(one.unit, str(error))


def _buckets(rows: Iterable[Any]) -> dict[int, int]:
    counts: dict[int, int] = defaultdict(int)
    for row in rows:
        counts[row.bucket] += row.requests
    return counts


def _quantile(buckets: Mapping[int, int], level: float) -> float | None:
    """The middle of the bucket that holds the level, in microseconds; at most 9% off."""
    left = level * sum(buckets.values())
    for bucket in sorted(buckets):
        left -= buckets[bucket]
        if left <= 0:
            return float(2 ** ((bucket + 0.5) / 4))
    return None
