"""The ledger in PostgreSQL: it may go away and come back, and replicas share it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from postgres import Postgres
from running import Running, config_of
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from test_faults import Crowd
from test_security import call
from upstream import FakeProvider

from modicum.ledger import open_ledger
from modicum.ledger import schema as tables
from modicum.ledger.base import metadata
from modicum.ledger.limits import Limit, LimitStore
from modicum.ledger.migrate import upgrade
from modicum.ledger.text_store import StoredText, TextStore
from modicum.ledger.watch_store import AlarmRow, AuditRow, WatchStore


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    server.start()
    yield server
    server.remove()


def test_an_older_ledger_migrates_and_refuses_changes(postgres: Postgres) -> None:
    book = open_ledger(postgres.url)
    with book.engine.begin() as connection:
        metadata.drop_all(connection)
        first = [n for n in metadata.tables if n in ("modicum_schema", "runs", "run_events")]
        more = ["figures", "looks", "decisions"]
        metadata.create_all(connection, tables=[metadata.tables[n] for n in (*first, *more)])
        connection.execute(text("INSERT INTO modicum_schema VALUES (1)"))
        upgrade(connection, 1)
    with book.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        version = connection.execute(text("SELECT max(version) FROM modicum_schema")).scalar()
        assert version == tables.VERSION
    with pytest.raises(DBAPIError, match="append-only"), book.engine.begin() as connection:
        connection.execute(text("DELETE FROM requests"))
    book.close()


def test_all_workers_together_never_lease_more_than_the_limit(postgres: Postgres) -> None:
    book = open_ledger(postgres.url)
    store, limit = LimitStore(book.engine), Limit("key", "k", "requests", 100.0, "refuse")
    granted: list[float] = []

    def take() -> None:
        granted.extend(store.take(limit, "2026-11", 7.0) for _ in range(10))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 100.0
    store.settle(limit, "2026-11", 30.0)
    assert store.take(limit, "2026-11", 50.0) == 30.0
    book.close()


def test_a_database_that_goes_and_comes_back_loses_nothing(
    postgres: Postgres, tmp_path: Path, provider: FakeProvider, decision: Path
) -> None:
    config = config_of(provider, decision)
    replicas = [
        Running(tmp_path / name, config, ledger=postgres.url).start() for name in ("a", "b")
    ]
    crowds = [Crowd(replica, 2) for replica in replicas]
    time.sleep(0.7)
    postgres.stop()
    time.sleep(1.0)
    for replica in replicas:
        assert call(f"{replica.url}/ready")[0] == 200
    middle = {name for crowd in crowds for name in crowd.answered}
    time.sleep(0.7)
    postgres.start()
    for crowd in crowds:
        crowd.stop()
        assert crowd.failed == set()
    for replica in replicas:
        replica.stop()
    answered = [(i, name) for i, crowd in enumerate(crowds) for name in crowd.answered]
    assert len(answered) > len(middle) > 20
    rows = replicas[0].rows("SELECT worker, asked FROM requests")
    workers = sorted({row["worker"] for row in rows})
    assert len(workers) == 2
    assert len(rows) == len(answered) == len({(r["worker"], r["asked"]) for r in rows})
    (total,) = replicas[0].rows("SELECT sum(requests) AS n FROM request_rollups")
    assert total["n"] == len(rows)
    assert b"sesame" not in b"".join(r.log.read_bytes() for r in replicas)


def test_workers_share_watches_audits_and_alarms(postgres: Postgres) -> None:
    open_ledger(postgres.url).close()
    found: list[tuple[str, int]] = []

    def open_and_audit(task: str) -> None:
        book = open_ledger(postgres.url)
        store = WatchStore(book.engine)
        watch = store.open(task, "d", "{}", 1)
        found.append((task, watch.number))
        for _ in range(20):
            row = AuditRow(0, 1, "audit", "1:1", 0.0, 0.1, 0.1, ("lang=de",))
            store.add_audit(watch.id, row, ("in", "a", "a"), "ann")
        store.add_alarm(watch.id, AlarmRow(1, "all", 1, 1, 50.0, 0.1, 0.02, 0.5))
        book.close()

    threads = [threading.Thread(target=open_and_audit, args=(t,)) for t in "aabb"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    book = open_ledger(postgres.url)
    store = WatchStore(book.engine)
    assert len(set(found)) == 2  # each task one watch, each watch its own number
    assert len({number for _, number in found}) == 2
    for row in store.newest():
        ids = [audit.id for audit in store.audits(row.id)]
        assert len(ids) == 40
        assert ids == sorted(ids)
        assert len(store.alarms(row.id)) == 1
    assert store.erase_texts(user="ann") == 80
    with pytest.raises(DBAPIError, match="append-only"), book.engine.begin() as connection:
        connection.execute(text("DELETE FROM audits"))
    book.close()


def test_stored_prompts_are_kept_once_and_erased(postgres: Postgres) -> None:
    book = open_ledger(postgres.url)
    store = TextStore(book.engine)
    rows = [
        StoredText(1, n, n, 100 * n, user, "t", f"text {n}", "yes")
        for n, user in enumerate(("ann", "bob", "ann"), 1)
    ]
    store.add(rows)
    store.add(rows[:1])
    assert [row.input for row in store.of_task("t")] == ["text 1", "text 2", "text 3"]
    assert store.erase(user="ann") == 2
    assert store.erase(expired=200) == 0
    assert store.erase(expired=201) == 1
    assert store.count() == 0
    book.close()
