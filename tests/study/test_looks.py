"""Looks at the judge examples are counted before any work, and a repeat is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from modicum.candidates.majority import MajorityRecipe
from modicum.candidates.naive_bayes import NaiveBayesRecipe
from modicum.decision.document import DecisionDocument
from modicum.errors import LooksSpentError
from modicum.ledger import Ledger, open_ledger
from modicum.metering import Meter
from modicum.study import Silent, looks, run_study
from modicum.study.verify import verify
from modicum.tasks import load_dataset, load_task, split

pytestmark = pytest.mark.assets

TASK = '[adequate]\nreference = "big"\nmargin = {margin}\n'
TASK += '[[candidates]]\nrecipe = "majority"\n[[candidates]]\nrecipe = "naive-bayes"\n'
TASK += '[[candidates]]\nrecipe = "recorded"\nname = "big"\nanswer = "said"\nenergy_j = "joules"\n'
COLUMNS = {"said": ["HUM", "LOC"], "joules": [500, 700]}
WriteTask = Callable[..., Path]


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    book = open_ledger()
    yield book
    book.close()


@pytest.fixture
def path(write_task: WriteTask) -> Path:
    return written(write_task)


def written(write_task: WriteTask, margin: float = 0.02) -> Path:
    return write_task(TASK.format(margin=margin), rows=400, extra=COLUMNS)


def raced(path: Path, out: Path, ledger: Ledger, **extra: Any) -> DecisionDocument:
    return run_study(load_task(path), out, ledger, Meter(), **extra)


def judge_print(path: Path) -> str:
    task = load_task(path)
    data = load_dataset(task)
    return data.fingerprint_of(split(data, task.spec.split).judge)


class Told(Silent):
    """Keeps what a person is told, and what had been fitted by then."""

    def __init__(self, fitted: list[str]) -> None:
        self.fitted, self.notes = fitted, list[tuple[str, int]]()

    def note(self, text: str) -> None:
        self.notes.append((text, len(self.fitted)))


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what was fitted while the test runs."""
    found: list[str] = []
    for recipe in (MajorityRecipe, NaiveBayesRecipe):
        real = recipe.fit

        def watched(self: Any, *args: Any, real: Any = real, **rest: Any) -> Any:
            found.append(rest["name"])
            return real(self, *args, **rest)

        monkeypatch.setattr(recipe, "fit", watched)
    return found


def test_where_nothing_is_left_a_study_is_refused_before_anything_is_fitted(
    path: Path, tmp_path: Path, ledger: Ledger, fitted: list[str]
) -> None:
    kept = tmp_path / "out" / "trials" / "kept"
    kept.mkdir(parents=True)
    earlier = ledger.start_run("size", "other")
    ledger.add_look(earlier, judge_print(path), "another study", 0.04995)
    with pytest.raises(LooksSpentError, match=r"spent 0\.04995 of 0\.05: judge on fresh examples"):
        raced(path, tmp_path / "out", ledger)
    assert fitted == []
    assert kept.exists()
    assert not (tmp_path / "out" / "decision.json").exists()
    assert ledger.runs()[0].status == "failed"


def test_what_a_later_look_costs_is_said_before_anything_is_fitted(
    write_task: WriteTask, tmp_path: Path, ledger: Ledger, fitted: list[str]
) -> None:
    raced(written(write_task), tmp_path / "one", ledger)
    fitted.clear()
    told = Told(fitted)
    document = raced(written(write_task, 0.03), tmp_path / "two", ledger, progress=told)
    (said, before), *_ = told.notes
    assert (
        "left 0.008 of the error rate for it, the first had 0.04, so a proof needs about 1.6"
        in said
    )
    assert before == 0
    assert said in document.notes
    assert document.look is not None
    assert document.look.number == 2
    assert verify(tmp_path / "two").holds


def test_a_repeat_spends_nothing_however_often_and_decides_the_same(
    path: Path, tmp_path: Path, ledger: Ledger
) -> None:
    documents = [raced(path, tmp_path / "out", ledger) for _ in range(4)]
    assert {document.recommended for document in documents} == {"naive-bayes"}
    seen = ledger.looks(judge_print(path))
    assert [round(look.alpha, 6) for look in seen] == [0.04, 0, 0, 0]
    found = [document.look for document in documents]
    assert [look and (look.number, round(look.alpha, 6)) for look in found] == [(1, 0.04)] * 4
    assert [look and look.proven_before for look in found][:2] == [None, ["naive-bayes"]]
    assert verify(tmp_path / "out").holds


def test_the_same_study_by_other_code_is_a_new_look(
    path: Path, tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    raced(path, tmp_path / "one", ledger)
    monkeypatch.setattr(looks, "code_fingerprint", lambda: "another version")
    document = raced(path, tmp_path / "two", ledger)
    assert document.look is not None
    assert (document.look.number, round(document.look.alpha, 6)) == (2, 0.008)


@pytest.mark.parametrize(
    ("first", "had"),
    [('"adequate":true', '"adequate":null'), ('"options":{}', '"options":{"x":1}')],
)
def test_a_repeat_proves_nothing_that_its_first_run_had_not(
    path: Path,
    tmp_path: Path,
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
    first: str,
    had: str,
) -> None:
    """A first run in an order that proved nothing, or one that chose another setting."""
    real = ledger.decision_of

    def unproven(run_id: str) -> str | None:
        text = real(run_id)
        return text and text.replace(first, had)

    raced(path, tmp_path / "out", ledger)
    monkeypatch.setattr(ledger, "decision_of", unproven)
    document = raced(path, tmp_path / "out", ledger)
    assert document.recommended == "big"
    assert document.candidate("naive-bayes").adequate is None
    assert "a repeat can prove no more" in document.missing[0]
    assert verify(tmp_path / "out").holds


def test_a_run_that_never_decided_leaves_the_level_to_the_next(
    path: Path, tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("modicum.study.deciding.gather", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            raced(path, tmp_path / "out", ledger)
    document = raced(path, tmp_path / "out", ledger)
    assert document.recommended == "naive-bayes"
    assert document.look is not None
    assert document.look.proven_before is None
