"""A batch of requests as additions to each rollup: by hour, by day, latencies and sizes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Table

from modicum.ledger import traffic_schema as tables
from modicum.ledger.records import HOUR_MS, RequestRecord, bucket_of, outcome_of

Sums = dict[tuple[Any, ...], list[int]]
ROLLUPS = (tables.rollups, tables.latencies, tables.days, tables.day_latencies, tables.sizes)
_LONGEST = 255  # of a name in a rollup's key


def rolled_up(records: Iterable[RequestRecord]) -> Iterator[tuple[Table, list[tuple[Any, ...]]]]:
    """Each table with its rows in the order of their keys: keys first, then what is added.

    Sizes count the requests that succeeded and told their tokens.
    """
    hours, latencies, sizes = _by_hour(records)
    days: Sums = defaultdict(lambda: [0] * 8)
    for (hour, task, route, tried, constants, _, _, _, outcome), row in hours.items():
        _add(days[(hour // 24, task, route, tried, constants, outcome)], row)
    day_latencies: Sums = defaultdict(lambda: [0])
    for (hour, task, route, bucket), row in latencies.items():
        _add(day_latencies[(hour // 24, task, route, bucket)], row)
    hourly = {key: row[:-1] for key, row in hours.items()}  # attempts are told by day
    for table, sums in zip(ROLLUPS, (hourly, latencies, days, day_latencies, sizes), strict=True):
        yield table, sorted((*key, *row) for key, row in sums.items())


def _by_hour(records: Iterable[RequestRecord]) -> tuple[Sums, Sums, Sums]:
    """Sums, latencies and sizes; it runs once a request, beside the requests: few look-ups."""
    hours: Sums = defaultdict(lambda: [0] * 8)
    latencies: Sums = defaultdict(lambda: [0])
    sizes: Sums = defaultdict(lambda: [0, 0])
    for r in records:
        (_, at, endpoint, task, _, route, tried, constants, key, team, project, inputs, tokens_in,
         tokens_out, cached, latency, _, status, attempts, _) = r  # fmt: skip
        hour = at // HOUR_MS
        task, route, tried = task[:_LONGEST], route[:_LONGEST], tried[:_LONGEST]
        names = (constants, key[:_LONGEST], team[:_LONGEST], project[:_LONGEST])
        row = hours[(hour, task, route, tried, *names, outcome_of(status, endpoint))]
        row[0] += 1
        row[1] += inputs
        row[2] += tokens_in or 0
        row[3] += tokens_out or 0
        row[4] += cached or 0
        row[5] += tokens_in is None or tokens_out is None
        row[6] += latency
        row[7] += attempts
        latencies[(hour, task, route, bucket_of(latency))][0] += 1
        if tokens_in is not None and status < 400:
            size = sizes[(hour // 24, task, route, bucket_of(tokens_in))]
            size[0] += 1
            size[1] += tokens_in
    return hours, latencies, sizes


def _add(row: list[int], counts: list[int]) -> None:
    for k, count in enumerate(counts):
        row[k] += count
