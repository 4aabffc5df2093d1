"""`status`, `promote` and `watch` on a ledger: what they print, and what they refuse."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))

from report_decisions import EVERY

from modicum.candidates.undecided import as_if_recommended
from modicum.cli.main import app
from modicum.decision.document import DecisionDocument
from modicum.errors import WatchError
from modicum.ledger import open_ledger
from modicum.ledger.watch_store import AuditRow, WatchStore
from modicum.watch.opened import digest_of

TASK = "banking-intent"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[WatchStore]:
    """The ledger that the commands find by themselves, with one watched decision."""
    book = open_ledger()
    store, decision = WatchStore(book.engine), EVERY["win"]()
    store.open(TASK, digest_of(decision), decision.model_dump_json(), 1)
    yield store
    book.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=True)


def add(store: WatchStore, count: int, loss: float) -> None:
    (row,) = store.newest(TASK)
    for k in range(count):
        audit = AuditRow(0, k, "shadow", f"1:{k}", loss, 0.1, 0.1, ())
        store.add_audit(row.id, audit, None)


def test_nothing_served_yet_says_what_to_type() -> None:
    open_ledger().close()
    for command in ("status", "watch"):
        done = run(command)
        assert done.exit_code == 0
        assert "modicum serve" in done.stdout


def test_status_is_one_line_a_task(store: WatchStore) -> None:
    add(store, 10, 0.0)
    (line,) = run("status").stdout.splitlines()
    assert line.startswith(f"{TASK}: ")
    assert "not yet proven (0.0% of 10 audits differ; about " in line
    assert "a month; shadow only" in line
    (told,) = json.loads(run("status", TASK, "--json").stdout)
    assert told["more_audits_needed"] > 0
    assert told["saving_per_month"]["unit"]


def test_promotion_starts_and_goes_back(store: WatchStore) -> None:
    done = run("promote", TASK, "--canary", "10%")
    assert done.stdout.startswith(f"{TASK}: steps 10%, 25%, 50%, 100%")
    assert "has not confirmed the decision yet" in done.stdout
    assert "canary, serves 10%" in run("status").stdout
    assert "answers everything from now on" in run("promote", TASK, "--back").stdout
    assert "rolled back" in run("status").stdout
    assert "small candidate answers everything" in run("promote", TASK, "--now").stdout


def test_after_an_alarm_only_a_new_decision_helps(store: WatchStore) -> None:
    add(store, 60, 1.0)
    done = run("promote", TASK)
    assert isinstance(done.exception, WatchError)
    assert "make a new decision" in str(done.exception)
    assert "Re-size it: answers differ too often" in run("watch", TASK).stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("promote", "other"), "not watched in this ledger (watched: banking-intent)"),
        (("promote", TASK, "--canary", "0"), "give a share such as 5%"),
        (("promote", TASK, "--canary", "many"), "give a share such as 5%"),
        (("watch", "--out", "x"), "name the TASK too"),
        (("watch", TASK, "--out", "x", "--columns", "one"), "give two names"),
        (("watch", TASK, "--out", "x"), "serve it with --keep-texts first"),
    ],
)
def test_bad_input_is_one_sentence_with_its_cure(
    store: WatchStore, arguments: tuple[str, ...], says: str
) -> None:
    done = run(*arguments)
    assert isinstance(done.exception, WatchError)
    assert says in str(done.exception)
    assert not Path("x").exists()


def watched_beside(name: str, undecided: dict[str, str]) -> DecisionDocument:
    """A decision in the ledger that kept the files of undecided candidates."""
    document = EVERY[name]()
    prints = document.fingerprints.model_copy(update={"undecided": undecided})
    document = document.model_copy(update={"fingerprints": prints})
    if document.recommended == document.reference:
        document = as_if_recommended(document, next(iter(undecided)))
    book = open_ledger()
    WatchStore(book.engine).open(TASK, digest_of(document), document.model_dump_json(), 1)
    book.close()
    return document


def add_others(count: int, name: str, loss: float) -> None:
    book = open_ledger()
    store = WatchStore(book.engine)
    (row,) = store.newest(TASK)
    for k in range(count):
        audit = AuditRow(0, k, "other", f"1:{k}", loss, 0.1, 0.1, (name,))
        store.add_audit(row.id, audit, None)
    book.close()


def test_status_says_how_to_take_a_smaller_one_that_live_traffic_proved() -> None:
    watched_beside("win", {"tfidf-logistic": "1"})
    (line,) = run("status").stdout.splitlines()
    assert "beside it tfidf-logistic: no audits yet" in line
    add_others(400, "tfidf-logistic", 0.0)
    (line,) = run("status").stdout.splitlines()
    assert "beside it tfidf-logistic: proven live (0.0% of 400 differ)" in line
    assert "smallest proven live: tfidf-logistic, would save " in line
    assert f"`modicum watch {TASK} --out FOLDER`, then `modicum size`" in line
    (told,) = json.loads(run("status", "--json").stdout)
    assert told["smallest_proven"] == "tfidf-logistic"
    assert (told["proven"], told["audits"]) == (False, 0)


def test_an_undecided_one_is_promoted_only_once_it_is_proven() -> None:
    watched_beside("undecided", {"tfidf-char-svm": "1"})
    done = run("promote", TASK)
    assert isinstance(done.exception, WatchError)
    assert "tfidf-char-svm is not proven for 'banking-intent'" in str(done.exception)
    book = open_ledger()
    add(WatchStore(book.engine), 400, 0.0)
    book.close()
    assert "tfidf-char-svm, proven live (0.0% of 400 audits differ, below 2.0%)" in (
        run("status").stdout
    )
    assert run("promote", TASK).stdout.startswith(f"{TASK}: steps 5%, 25%, 50%, 100%")


@pytest.fixture
def open_slices(tmp_path: Path) -> Path:
    """A watched decision with slices that were not proven, and its folder."""
    document = EVERY["slices"]()
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "decision.json").write_text(document.model_dump_json(), encoding="utf-8")
    book = open_ledger()
    WatchStore(book.engine).open(TASK, digest_of(document), document.model_dump_json(), 1)
    book.close()
    return folder


def moves() -> list[str]:
    book = open_ledger()
    store = WatchStore(book.engine)
    found = [move.reason for move in store.moves(store.newest(TASK)[0].id)]
    book.close()
    return found


def test_an_unproven_slice_is_not_promoted_before_a_person_accepts_it(open_slices: Path) -> None:
    done = run("promote", TASK)
    assert done.exit_code != 0
    assert "nobody has accepted that" in str(done.exception)
    assert moves() == []
    assert run("promote", TASK, "--accept-slices", " ").exit_code != 0
    assert run("promote", TASK, "--accept-slices", "A. Boateng").exit_code == 0
    assert "A. Boateng accepts language=Türkçe" in moves()[-1]


def test_promote_reads_who_accepted_from_the_folder_and_puts_it_there(open_slices: Path) -> None:
    assert run("promote", TASK, "--decision", str(open_slices)).exit_code != 0
    words = ("--decision", str(open_slices), "--accept-slices", "A. Boateng")
    assert run("promote", TASK, *words).exit_code == 0
    assert (open_slices / "approvals.jsonl").read_text(encoding="utf-8").count("A. Boateng") == 2
    assert run("promote", TASK, "--decision", str(open_slices)).exit_code == 0


def test_going_back_needs_nobody(open_slices: Path) -> None:
    assert run("promote", TASK, "--back").exit_code == 0
