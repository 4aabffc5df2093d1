"""The watch's rows: shared by workers, never changed, texts erasable."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from modicum.errors import LedgerError
from modicum.ledger import open_ledger
from modicum.ledger.watch_schema import GROWING
from modicum.ledger.watch_store import AlarmRow, AuditRow, MoveRow, WatchStore

ALARM = AlarmRow(1, "all", 3, 3, 50.0, 0.1, 0.02, 0.5)


@pytest.fixture
def store(tmp_path: Path) -> WatchStore:
    return WatchStore(open_ledger(str(tmp_path / "l.sqlite")).engine)


def audit(at: int = 5) -> AuditRow:
    return AuditRow(0, at, "audit", "1:1", 1.0, 0.1, 0.1, ("lang=de",))


def test_workers_that_open_at_once_get_one_watch_each_with_its_own_number(
    tmp_path: Path,
) -> None:
    url = str(tmp_path / "l.sqlite")
    open_ledger(url).close()

    def opened(task: str) -> tuple[str, int]:
        book = open_ledger(url)
        try:
            return task, WatchStore(book.engine).open(task, "d", "{}", 1).number
        finally:
            book.close()

    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(opened, ["a", "b", "c", "a", "b", "c"]))
    assert sorted(number for _, number in found) == [1, 2, 3]


def test_audits_come_back_in_order_and_after_an_id(store: WatchStore) -> None:
    watch = store.open("t", "d", "{}", 1).id
    first = store.add_audit(watch, audit(), None)
    second = store.add_audit(watch, audit(9), None)
    assert [row.id for row in store.audits(watch)] == [first, second]
    (row,) = store.audits(watch, first)
    assert row == audit(9)._replace(id=second)


def test_texts_are_kept_only_when_given_and_can_be_erased(store: WatchStore) -> None:
    watch = store.open("t", "d", "{}", 1).id
    store.add_audit(watch, audit(), None)
    store.add_audit(watch, audit(5), ("in", "small", "big"), user="ann")
    store.add_audit(watch, audit(50), ("in 2", "small", "big"), user="bob")
    assert [row.input for row in store.texts(watch)] == ["in", "in 2"]
    assert store.erase_texts(user="ann") == 1
    assert store.erase_texts(before=51) == 1
    assert store.texts(watch) == []
    assert len(store.audits(watch)) == 3


def test_an_alarm_is_recorded_once_by_whichever_worker_sees_it_first(store: WatchStore) -> None:
    assert store.add_alarm(1, ALARM)
    assert not store.add_alarm(1, ALARM)
    assert store.alarms(1) == [ALARM]


@pytest.mark.parametrize("table", [t.name for t in GROWING])
def test_rows_cannot_be_changed(store: WatchStore, table: str) -> None:
    watch = store.open("t", "d", "{}", 1).id
    store.add_audit(watch, audit(), None)
    store.add_alarm(watch, ALARM)
    store.add_release(watch, 1, 1)
    store.add_condition(watch, 1, "model", "a")
    store.add_move(watch, MoveRow(1, "canary", 0.05, "", 0, ""))
    with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
        connection.execute(text(f"DELETE FROM {table}"))


def test_a_broken_database_is_one_clear_error(tmp_path: Path) -> None:
    book = open_ledger(str(tmp_path / "l.sqlite"))
    with book.engine.begin() as connection:
        connection.execute(text("DROP TABLE audits"))
    with pytest.raises(LedgerError, match="no such table"):
        WatchStore(book.engine).audits(1)
