from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from modicum.errors import LedgerError
from modicum.figures import Figure
from modicum.ledger import Ledger, default_url, open_ledger

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ENERGY = Figure.of(2.0, 1.0, 4.0, "J", basis="modelled", source="s", boundary="b")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    book = open_ledger(str(tmp_path / "deep" / "ledger.sqlite"), clock=lambda: NOON)
    yield book
    book.close()


def test_a_run_is_listed_with_its_last_event_and_its_energy(ledger: Ledger) -> None:
    run = ledger.start_run("size", "question-type")
    ledger.add_figures(run, [("run", "energy_j", ENERGY), ("small", "energy_j", ENERGY)])
    ledger.add_event(run, "finished", "small")
    (found,) = ledger.runs()
    assert (found.kind, found.name, found.status, found.detail) == (
        "size",
        "question-type",
        "finished",
        "small",
    )
    assert found.started_at == "2026-11-23T12:00:00.000+00:00"
    assert found.energy_j == ENERGY


def test_an_unknown_figure_stays_unknown(ledger: Ledger) -> None:
    run = ledger.start_run("size", "t")
    ledger.add_figures(run, [("run", "energy_j", Figure.unknown("J", "no meter"))])
    energy = ledger.runs()[0].energy_j
    assert energy is not None
    assert (energy.value, energy.reason) == (None, "no meter")


def test_a_run_without_figures_has_none(ledger: Ledger) -> None:
    ledger.start_run("size", "t")
    assert ledger.runs()[0].energy_j is None
    assert ledger.runs()[0].status == "started"


def test_looks_at_one_judge_split_are_kept_apart_from_others(ledger: Ledger) -> None:
    run = ledger.start_run("size", "t")
    ledger.add_look(run, "judge-a", "study-1", 0.05)
    ledger.add_look(run, "judge-b", "study-2", 0.01)
    ledger.add_look(run, "judge-a", "study-3", 0.02)
    assert [(look.study, look.alpha) for look in ledger.looks("judge-a")] == [
        ("study-1", 0.05),
        ("study-3", 0.02),
    ]


@pytest.mark.parametrize("statement", ["DELETE FROM runs", "UPDATE run_events SET status = 'x'"])
def test_nothing_recorded_can_be_changed_or_deleted(ledger: Ledger, statement: str) -> None:
    ledger.start_run("size", "t")
    with (
        pytest.raises(DBAPIError, match="append-only"),
        ledger.engine.begin() as connection,
    ):
        connection.execute(text(statement))


def test_a_ledger_opened_again_still_knows(tmp_path: Path) -> None:
    first = open_ledger(str(tmp_path / "l.sqlite"))
    first.start_run("size", "t")
    first.close()
    second = open_ledger(str(tmp_path / "l.sqlite"))
    assert [run.name for run in second.runs()] == ["t"]
    second.close()


def test_sqlite_runs_in_wal_mode(ledger: Ledger) -> None:
    with ledger.engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    url = str(tmp_path / "l.sqlite")
    book = open_ledger(url)
    with book.engine.begin() as connection:
        connection.execute(text("INSERT INTO modicum_schema VALUES (99)"))
    book.close()
    with pytest.raises(LedgerError, match=r"schema version 99, this program knows \d+: update"):
        open_ledger(url)


@pytest.mark.parametrize("url", ["/proc/nowhere/l.sqlite", "nonsense://x", "sqlite:////dev/full"])
def test_a_ledger_that_cannot_be_is_one_sentence(url: str) -> None:
    with pytest.raises(LedgerError) as caught:
        open_ledger(url)
    assert "\n" not in str(caught.value)


def test_a_password_is_never_in_the_error() -> None:
    with pytest.raises(LedgerError) as caught:
        open_ledger("sqlite+nonsense://user:sesame@host/db")
    assert "sesame" not in str(caught.value)


def test_the_environment_names_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODICUM_LEDGER", "sqlite:///x.sqlite")
    assert default_url() == "sqlite:///x.sqlite"
