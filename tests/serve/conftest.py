"""One real decision, a provider on loopback, and a gateway before both."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from running import Running, config_of
from upstream import FakeProvider

from modicum.candidates.decided import Decided
from modicum.ledger import open_ledger
from modicum.metering import Meter
from modicum.study import run_study
from modicum.tasks import load_task


@pytest.fixture(scope="session")
def decision(tmp_path_factory: pytest.TempPathFactory, trec: list[tuple[str, str]]) -> Path:
    """A study of real questions, small enough for a test."""
    folder = tmp_path_factory.mktemp("decision")
    with (folder / "questions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows([row for row in trec if row[1] != "ABBR"][:600])
    (folder / "task.toml").write_text(
        '[task]\nname = "question-type"\ndata = "questions.csv"\ninput = "text"\n'
        'reference = "label"\n[[candidates]]\nrecipe = "majority"\n'
        '[[candidates]]\nrecipe = "tfidf-logistic"\nc = 10.0\n',
        encoding="utf-8",
    )
    ledger = open_ledger(str(folder / "study.sqlite"))
    run_study(load_task(folder / "task.toml"), folder / "run", ledger, Meter())
    ledger.close()
    return folder / "run"


@pytest.fixture(scope="session")
def sized(tmp_path_factory: pytest.TempPathFactory, trec: list[tuple[str, str]]) -> Path:
    """A decision for something smaller than its reference."""
    folder = tmp_path_factory.mktemp("watched")
    with (folder / "questions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows([row for row in trec if row[1] != "ABBR"][:900])
    (folder / "task.toml").write_text(
        '[task]\nname = "question-type"\ndata = "questions.csv"\ninput = "text"\n'
        'reference = "label"\n[adequate]\nreference = "tfidf-svm"\nmargin = 0.2\n'
        '[[candidates]]\nrecipe = "tfidf-logistic"\n[[candidates]]\nrecipe = "tfidf-svm"\n',
        encoding="utf-8",
    )
    ledger = open_ledger(str(folder / "study.sqlite"))
    found = run_study(load_task(folder / "task.toml"), folder / "run", ledger, Meter())
    ledger.close()
    assert found.recommended == "tfidf-logistic"
    return folder / "run"


@pytest.fixture(scope="session")
def human(sized: Path, trec: list[tuple[str, str]]) -> list[str]:
    """Questions that the small candidate takes to be about people."""
    texts = [text for text, label in trec if label == "HUM"]
    with Decided.load(sized) as decided:
        answers = decided.answer(texts)
    return [text for text, a in zip(texts, answers, strict=True) if a.value == "HUM"]


@pytest.fixture(scope="session")
def _provider() -> Iterator[FakeProvider]:
    provider = FakeProvider()
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def provider(_provider: FakeProvider) -> FakeProvider:
    """The provider, well and with nothing seen yet."""
    _provider.fault, _provider.says, _provider.cancelled, _provider.answered = "", "Hello", 0, 0
    _provider.seen.clear()
    _provider.headers.clear()
    return _provider


@pytest.fixture(scope="session")
def _gateway(
    tmp_path_factory: pytest.TempPathFactory, _provider: FakeProvider, decision: Path
) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("gateway"), config_of(_provider, decision)).start()
    yield running
    running.stop()


@pytest.fixture
def gateway(_gateway: Running, provider: FakeProvider) -> Running:
    """A gateway without keys, shared by the tests that leave it as it was."""
    return _gateway
