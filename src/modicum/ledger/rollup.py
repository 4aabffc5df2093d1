"""A batch of requests as additions to each rollup: by hour, by day, latencies and sizes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Table

from modicum.ledger import traffic_schema as tables
from modicum.ledger.records import HOUR_MS, RequestRecord, bucket_of

Sums = dict[tuple[Any, ...], list[int]]
_LONGEST = 255  # of a name in a rollup's key


def rolled_up(records: Iterable[RequestRecord]) -> Iterator[tuple[Table, list[tuple[Any, ...]]]]:
    """Each table with its rows in the order of their keys: keys first, then what is added.

    Sizes count the requests that succeeded and told their tokens.
    """
    hours: Sums = defaultdict(lambda: [0] * 7)
    days: Sums = defaultdict(lambda: [0] * 8)
    latencies: Sums = defaultdict(lambda: [0])
    day_latencies: Sums = defaultdict(lambda: [0])
    sizes: Sums = defaultdict(lambda: [0, 0])
    for r in records:
        hour = r.at // HOUR_MS
        day = hour // 24
        task, route, tried = r.task[:_LONGEST], r.route[:_LONGEST], r.tried[:_LONGEST]
        outcome, counts = r.outcome, _counts(r)
        keys = (r.constants, r.key_id[:_LONGEST], r.team[:_LONGEST], r.project[:_LONGEST])
        _add(hours[(hour, task, route, tried, *keys, outcome)], counts)
        _add(days[(day, task, route, tried, r.constants, outcome)], (*counts, r.attempts))
        bucket = bucket_of(r.latency_us)
        latencies[(hour, task, route, bucket)][0] += 1
        day_latencies[(day, task, route, bucket)][0] += 1
        if r.tokens_in is not None and r.status < 400:
            _add(sizes[(day, task, route, bucket_of(r.tokens_in))], (1, r.tokens_in))
    found = (
        (tables.rollups, hours),
        (tables.latencies, latencies),
        (tables.days, days),
        (tables.day_latencies, day_latencies),
        (tables.sizes, sizes),
    )
    for table, sums in found:
        yield table, sorted((*key, *row) for key, row in sums.items())


def _counts(r: RequestRecord) -> tuple[int, ...]:
    return (
        1,
        r.inputs,
        r.tokens_in or 0,
        r.tokens_out or 0,
        r.tokens_cached or 0,
        int(r.tokens_in is None or r.tokens_out is None),
        r.latency_us,
    )


def _add(row: list[int], counts: tuple[int, ...]) -> None:
    for k, count in enumerate(counts):
        row[k] += count
