from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from traffic_records import NOON, record

from modicum.ledger import open_ledger, records
from modicum.ledger import schema as tables
from modicum.ledger.base import metadata
from modicum.ledger.migrate import upgrade
from modicum.ledger.migrations import progress
from modicum.ledger.traffic import TrafficStore

FIRST = ("modicum_schema", "runs", "run_events", "figures", "looks", "decisions")
BY_DAY = ("request_days", "request_day_latencies", "request_sizes")
DAY_MS = 86_400_000


def triggers(engine: Any) -> set[str]:
    with engine.connect() as connection:
        return set(
            connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        )


def first_version(path: Path) -> None:
    """A ledger as version 1 of the program left it, with one run in it."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        metadata.create_all(connection, tables=[metadata.tables[name] for name in FIRST])
        connection.execute(text("INSERT INTO modicum_schema VALUES (1)"))
        connection.execute(text("INSERT INTO runs VALUES ('r', 'size', 't', '2026', '0.1')"))
    engine.dispose()


def back_to_third(engine: Any) -> None:
    """As version 3 of the program left it."""
    with engine.begin() as connection:
        for name in BY_DAY:
            connection.execute(text(f"DROP TABLE {name}"))
        connection.execute(text("DELETE FROM modicum_schema WHERE version > 3"))
        connection.execute(text("INSERT INTO modicum_schema VALUES (3)"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0003'"))


def stopped(_value: int) -> int:
    """In the place of what a migration calls."""
    raise KeyboardInterrupt


def test_an_older_ledger_becomes_what_a_new_one_is(tmp_path: Path) -> None:
    first_version(tmp_path / "old.sqlite")
    old, new = (open_ledger(str(tmp_path / name)) for name in ("old.sqlite", "new.sqlite"))
    with old.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
        assert differences == []
        assert connection.execute(text("SELECT id FROM runs")).scalar() == "r"
        version = connection.execute(text("SELECT max(version) FROM modicum_schema")).scalar()
        assert version == tables.VERSION
    assert inspect(old.engine).get_table_names() == inspect(new.engine).get_table_names()
    assert triggers(old.engine) == triggers(new.engine)
    old.close()
    new.close()


def test_a_new_ledger_is_stamped_as_alembic_would(tmp_path: Path) -> None:
    book = open_ledger(str(tmp_path / "new.sqlite"))
    with book.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    book.close()
    assert found == f"{tables.VERSION:04d}"


def test_days_of_an_older_ledger_are_what_a_new_one_would_hold(tmp_path: Path) -> None:
    """Version 4 counts from the requests what later batches add as they arrive."""
    book = open_ledger(str(tmp_path / "l.sqlite"))
    batch = [
        record(
            k,
            at=NOON + k * 9_000_000,
            tokens_in=None if k % 5 == 0 else k,
            latency_us=k + 1,
            status=(200, 429, 499, 503)[k % 4],
            endpoint="audit" if k % 3 == 0 else "chat",
        )
        for k in range(60)
    ]
    TrafficStore(book.engine).add(7, batch)

    def held() -> dict[str, Any]:
        with book.engine.connect() as connection:
            return {
                n: sorted(map(tuple, connection.execute(text(f"SELECT * FROM {n}"))))
                for n in BY_DAY
            }

    kept = held()
    back_to_third(book.engine)
    with book.engine.begin() as connection:
        upgrade(connection, 3)
    assert held() == kept
    book.close()


def test_a_migration_that_is_stopped_leaves_the_ledger_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It says how far it is, and it is all or nothing: the next one begins again and finishes."""
    path = str(tmp_path / "l.sqlite")
    book = open_ledger(path)
    batch = [record(k, at=NOON + k * DAY_MS) for k in range(5)]
    TrafficStore(book.engine).add(7, batch)
    back_to_third(book.engine)
    book.close()
    monkeypatch.setattr(progress, "EVERY_S", 0.0)
    monkeypatch.setattr(records, "bucket_of", stopped)
    with pytest.raises(KeyboardInterrupt):
        open_ledger(path)
    monkeypatch.undo()
    engine = create_engine(f"sqlite:///{path}")
    assert "request_days" not in inspect(engine).get_table_names()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT max(version) FROM modicum_schema")).scalar() == 3
    engine.dispose()
    assert "the ledger is brought to version 4: 0 of 5 days" in caplog.text
    again = open_ledger(path)
    with again.engine.connect() as connection:
        assert connection.execute(text("SELECT sum(requests) FROM request_days")).scalar() == 5
    again.close()
