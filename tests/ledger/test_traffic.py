from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from traffic_records import NOON, record

from modicum.ledger import Ledger, open_ledger
from modicum.ledger import traffic_schema as tables
from modicum.ledger.records import bucket_of
from modicum.ledger.traffic import TrafficStore


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    book = open_ledger(str(tmp_path / "ledger.sqlite"))
    yield book
    book.close()


def rollups(ledger: Ledger) -> list[Any]:
    r = tables.rollups.c
    with ledger.engine.connect() as connection:
        query = select(r.hour, r.outcome, r.requests, r.tokens_in, r.unmetered, r.latency_us)
        return [tuple(row) for row in connection.execute(query.order_by(r.hour, r.outcome))]


def count(ledger: Ledger) -> int:
    with ledger.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(tables.requests)).scalar() or 0


def test_a_batch_is_counted_by_hour_and_outcome(ledger: Ledger) -> None:
    store = TrafficStore(ledger.engine)
    batch = [record(1), record(2, tokens_in=None), record(3, status=503), record(4, at=NOON * 2)]
    assert store.add(7, batch) == 4
    hour = NOON // 3_600_000
    assert rollups(ledger)[:2] == [
        (hour, "answered", 2, 10, 1, 1800),
        (hour, "failed", 1, 10, 0, 900),
    ]


def test_a_batch_replayed_adds_only_what_was_missing(ledger: Ledger) -> None:
    store = TrafficStore(ledger.engine)
    store.add(7, [record(1), record(2)])
    assert store.add(7, [record(1), record(2), record(3), record(3)]) == 1
    assert store.add(7, [record(1), record(2), record(3)]) == 0
    assert count(ledger) == 3
    assert [row[2] for row in rollups(ledger)] == [3]


def test_the_same_sequence_of_another_worker_is_another_request(ledger: Ledger) -> None:
    store = TrafficStore(ledger.engine)
    assert store.add(7, [record(1)]) + store.add(8, [record(1)]) == 2


def test_requests_cannot_be_changed_afterwards(ledger: Ledger) -> None:
    TrafficStore(ledger.engine).add(7, [record(1)])
    with pytest.raises(DBAPIError, match="append-only"), ledger.engine.begin() as connection:
        connection.execute(text("UPDATE requests SET status = 500"))


def test_the_outcome_tells_who_was_at_fault() -> None:
    found = [record(1, status=status).outcome for status in (200, 404, 499, 502)]
    assert found == ["answered", "refused", "gone", "failed"]


def test_days_hold_attempts_and_sizes_hold_tokens(ledger: Ledger) -> None:
    batch = [record(1, attempts=3), record(2, tokens_in=4000), record(3, tokens_in=None)]
    TrafficStore(ledger.engine).add(7, [*batch, record(4, status=503)])
    d, z = tables.days.c, tables.sizes.c
    with ledger.engine.connect() as connection:
        days = list(connection.execute(select(d.outcome, d.requests, d.attempts).order_by(d[5])))
        sizes = list(connection.execute(select(z.bucket, z.requests, z.tokens_in)))
    assert [tuple(row) for row in days] == [("answered", 3, 5), ("failed", 1, 1)]
    assert [tuple(row) for row in sizes] == [(bucket_of(10), 1, 10), (bucket_of(4000), 1, 4000)]
