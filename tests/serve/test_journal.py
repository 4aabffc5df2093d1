"""The journal and its drain when the disk is full, and when the clock jumps."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from running import Running, config_of
from sqlalchemy import text
from test_security import BODY, call
from upstream import FakeProvider

from modicum.ledger import Ledger, open_ledger
from modicum.ledger.records import RequestRecord
from modicum.ledger.traffic import TrafficStore
from modicum.serve.drain import Drain
from modicum.serve.gateway import open_gateway
from modicum.serve.hooks import Asked
from modicum.serve.journal import MEMORY_RECORDS, Journal
from modicum.serve.keyring import NOBODY
from modicum.serve.settings import parse_settings

NOON = 1_795_600_800_000


def record(sequence: int) -> RequestRecord:
    names = ("chat", "", "gpt-4o", "big/gpt-4o", "", "", "", "", "")
    return RequestRecord(sequence, NOON, *names, 1, 7, 2, None, 900, None, 200, 1, "")


@contextmanager
def full_disk(process: int = 0) -> Iterator[None]:
    """The system refuses that a file of the process grows: what a full disk does."""
    before = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (1024, before[1]))
    try:
        yield
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, before)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    book = open_ledger(str(tmp_path / "ledger.sqlite"))
    yield book
    book.close()


def sequences(ledger: Ledger) -> list[int]:
    with ledger.engine.connect() as connection:
        return list(connection.scalars(text("SELECT sequence FROM requests ORDER BY sequence")))


def test_records_wait_in_memory_while_the_disk_is_full_and_none_is_lost(
    tmp_path: Path, ledger: Ledger
) -> None:
    journal = Journal(tmp_path / "journal", 1 << 20, segment_bytes=4096)
    told: list[str] = []
    journal.on_trouble = told.append
    drain = Drain(journal, TrafficStore(ledger.engine))
    with full_disk():
        for _ in range(200):
            journal.append(record(journal.next()))
    assert 0 < len(journal.held) < 200
    assert len(told) == 1
    assert "held in memory" in told[0]
    for _ in range(100):
        journal.append(record(journal.next()))
    drain.round()
    drain.round()
    assert sequences(ledger) == list(range(1, 301))
    assert journal.dropped == 0
    journal.close(empty=True)


def test_what_memory_cannot_hold_either_is_counted(tmp_path: Path, ledger: Ledger) -> None:
    journal = Journal(tmp_path / "journal", 1 << 20, segment_bytes=4096)
    told: list[str] = []
    journal.on_trouble = told.append
    with full_disk():
        for _ in range(MEMORY_RECORDS + 500):
            journal.append(record(journal.next()))
    kept = MEMORY_RECORDS + 500 - journal.dropped
    assert journal.dropped > 0
    assert "are dropped" in told[-1]
    drain = Drain(journal, TrafficStore(ledger.engine))
    drain.round()
    assert sequences(ledger) == list(range(1, kept + 1))
    journal.close(empty=True)


def test_a_gateway_answers_on_a_full_disk_and_the_ledger_catches_up(
    tmp_path: Path, provider: FakeProvider, decision: Path
) -> None:
    running = Running(tmp_path, config_of(provider, decision)).start()
    assert running.process is not None
    try:
        with full_disk(running.process.pid):
            for _ in range(20):
                assert call(f"{running.url}/v1/chat/completions", BODY)[0] == 200
            time.sleep(1.5)
            assert b"away" in call(f"{running.url}/ready")[2]
        assert len(running.wait_rows(20)) == 20
    finally:
        running.stop()
    (total,) = running.rows("SELECT sum(requests) AS n FROM request_rollups")
    assert total["n"] == 20


def test_a_clock_that_jumps_loses_no_request_and_makes_no_latency(
    tmp_path: Path, ledger: Ledger
) -> None:
    now = [NOON]
    settings = parse_settings({"server": {"state": str(tmp_path / "state"), "auth": False}}, "x")
    gateway = open_gateway(settings, ledger, lambda: now[0])
    for jump in (0, -3_600_000, 40 * 86_400_000, -400 * 86_400_000):
        now[0] += jump
        for _ in range(10):
            asked = Asked("chat", "gpt-4o", NOBODY, b"")
            gateway.record(asked, None, route="r", status=200, started=time.perf_counter())
    gateway.recorder.drain.round()
    assert sequences(ledger) == list(range(1, 41))
    with ledger.engine.connect() as connection:
        query = "SELECT count(DISTINCT hour), sum(requests), max(latency_us) FROM request_rollups"
        hours, requests, longest = connection.execute(text(query)).one()
    assert (hours, requests) == (4, 40)
    assert 0 <= longest < 10_000_000
    gateway.journal.close(empty=True)
