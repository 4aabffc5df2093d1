"""Cascades and routers in a study: built on stored answers, judged without asking again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from races import raced

import modicum
from modicum.candidates.cascade import Cascade
from modicum.candidates.router import Router
from modicum.candidates.student import Student
from modicum.decision.document import CandidateDocument
from modicum.errors import CandidateError, TaskError
from modicum.study import composing
from modicum.study.verify import verify

pytestmark = pytest.mark.assets

WriteTask = Callable[..., Path]
BAYES = '[[candidates]]\nrecipe = "naive-bayes"\n'
TFIDF = '[[candidates]]\nrecipe = "tfidf-logistic"\n'
ORACLE = (
    '[[candidates]]\nrecipe = "recorded"\nname = "oracle"\nanswer = "label"\n'
    'energy_j = "joules"\nlatency_ms = "ms"\n'
)
CASCADE = '[[candidates]]\nrecipe = "cascade"\nstages = ["oracle", "tfidf-logistic"]\n'
ROUTER = '[[candidates]]\nrecipe = "router"\ntargets = ["tfidf-logistic", "oracle"]\n'
REFERENCE = '[adequate]\nreference = "oracle"\nmargin = 0.08\n'
COSTS: dict[str, list[Any]] = {"joules": [100, 120], "ms": [50, 70]}


def test_a_cascade_before_a_large_reference_is_judged_saved_and_served(
    write_task: WriteTask, tmp_path: Path
) -> None:
    path = write_task(REFERENCE + TFIDF + ORACLE + CASCADE, rows=2500, extra=COSTS)
    document = raced(path, tmp_path / "out")
    alone, both = document.candidate("tfidf-logistic"), document.candidate("cascade")
    assert both.status == "judged"
    assert both.judged_examples == document.splits["judge"]
    assert both.loss is not None
    assert alone.loss is not None
    assert both.loss.value < alone.loss.value - 0.02
    assert both.footprint is not None
    energy = both.footprint.energy_j
    assert energy.value is not None
    assert energy.low is not None
    assert energy.high is not None
    assert 5 < energy.value < 90  # part of the requests cost the oracle's 110 J
    assert energy.low < energy.value < energy.high
    assert both.latency_ms is not None
    assert both.latency_ms.p95 is not None
    assert both.latency_ms.p95 > 60
    assert document.recommended in {"cascade", "cascade-bolder"}
    with modicum.load(tmp_path / "out") as decided:
        cascade = decided.candidate
        assert isinstance(cascade, Cascade)
        assert [stage.name for stage in cascade.stages] == ["tfidf-logistic", "oracle"]
        (answer,) = decided.answer(["Who wrote Hamlet ?"])
    assert answer.value == "HUM"


def test_nothing_is_asked_again_for_a_composed_candidate(
    write_task: WriteTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    real = Student.answer

    def counted(self: Student, batch: Any) -> Any:
        asked.append(len(batch) if len(batch) > 1 else 0)  # singles are served to be metered
        return real(self, batch)

    monkeypatch.setattr(Student, "answer", counted)
    more = "[adequate]\ncompose = false\n"
    raced(write_task(more + BAYES + TFIDF), tmp_path / "one")
    alone = sum(asked)
    asked.clear()
    stages = '[[candidates]]\nrecipe = "cascade"\nstages = ["naive-bayes", "tfidf-logistic"]\n'
    raced(write_task(more + BAYES + TFIDF + stages), tmp_path / "two")
    assert sum(asked) == alone


def test_a_router_over_recorded_answers_learns_from_fit_too(
    write_task: WriteTask, tmp_path: Path
) -> None:
    weak = (
        '[[candidates]]\nrecipe = "recorded"\nname = "weak"\nanswer = "said"\nenergy_j = "little"\n'
    )
    router = '[[candidates]]\nrecipe = "router"\ntargets = ["weak", "oracle"]\n'
    # the weak one always says HUM: right on questions that ask for a person
    extra = {**COSTS, "said": ["HUM"], "little": [1]}
    path = write_task(
        '[adequate]\nreference = "oracle"\nmargin = 0.1\n' + weak + ORACLE + router,
        rows=2500,
        extra=extra,
    )
    document = raced(path, tmp_path / "out")
    assert document.recommended == "router"
    found = document.candidate("router")
    assert found.footprint is not None
    assert found.footprint.energy_j.value is not None
    assert found.footprint.energy_j.value < 105
    with modicum.load(tmp_path / "out") as decided:
        assert isinstance(decided.candidate, Router)
        chosen = decided.candidate.choose(["Who wrote Hamlet ?", "How many feet are in a mile ?"])
        assert [decided.candidate.stages[i].name for i in chosen] == ["weak", "oracle"]
        (answer,) = decided.answer(["Who wrote Hamlet ?"])
    assert answer.value is None
    assert answer.error is not None
    assert answer.error.startswith("send it to 'weak'")


def test_a_cascade_is_added_where_a_larger_reference_makes_it_pay(
    write_task: WriteTask, tmp_path: Path
) -> None:
    path = write_task(REFERENCE + TFIDF + ORACLE, rows=2500, extra=COSTS)
    document = raced(path, tmp_path / "out")
    assert document.recommended.startswith("cascade-tfidf-logistic")
    found = [c for c in document.candidates if c.name.startswith("cascade-tfidf-logistic")]
    names = {c.name.removeprefix("cascade-tfidf-logistic") for c in found}
    assert {"", "-bolder"} <= names <= {"", "-safer", "-bolder"}
    by_energy = sorted(found, key=joules)
    assert by_energy[0].name.endswith("-bolder")
    assert all(c.judged_examples == document.splits["judge"] for c in found)
    (first,) = [c for c in found if c.name == "cascade-tfidf-logistic"]
    assert any("settings of it are tested on judge (Learn then Test)" in n for n in first.notes)
    assert verify(tmp_path / "out").holds


def joules(candidate: CandidateDocument) -> float:
    assert candidate.footprint is not None
    assert candidate.footprint.energy_j.value is not None
    return candidate.footprint.energy_j.value


def test_with_many_tune_examples_they_choose_one_setting_alone(
    write_task: WriteTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(composing, "ENOUGH", 1)
    path = write_task(REFERENCE + TFIDF + ORACLE + CASCADE, rows=900, extra=COSTS)
    document = raced(path, tmp_path / "out")
    assert [c.name for c in document.candidates if c.recipe == "cascade"] == ["cascade"]


def test_compose_false_adds_nothing(write_task: WriteTask, tmp_path: Path) -> None:
    given = REFERENCE + "compose = false\n" + TFIDF + ORACLE
    document = raced(write_task(given, extra=COSTS), tmp_path / "out")
    assert [c.name for c in document.candidates] == ["tfidf-logistic", "oracle"]


def test_a_part_that_is_no_candidate_is_refused_before_any_work(write_task: WriteTask) -> None:
    with pytest.raises(TaskError, match="is made of 'oracle', which is not a plain candidate"):
        raced(write_task(TFIDF + CASCADE), Path("nowhere"))


def test_a_reference_that_is_composed_is_refused(write_task: WriteTask) -> None:
    given = '[adequate]\nreference = "cascade"\n' + TFIDF + ORACLE + CASCADE
    with pytest.raises(TaskError, match="made of other candidates"):
        raced(write_task(given, extra=COSTS), Path("nowhere"))


def test_a_cascade_of_one_is_refused(write_task: WriteTask) -> None:
    given = TFIDF + '[[candidates]]\nrecipe = "cascade"\nstages = ["tfidf-logistic"]\n'
    with pytest.raises(CandidateError, match="at least two names"):
        raced(write_task(given), Path("nowhere"))


def test_a_part_of_unknown_energy_fails_the_whole_with_the_cure(
    write_task: WriteTask, tmp_path: Path
) -> None:
    blind = '[[candidates]]\nrecipe = "recorded"\nname = "oracle"\nanswer = "label"\n'
    document = raced(write_task(TFIDF + blind + CASCADE), tmp_path / "out")
    failed = document.candidate("cascade")
    assert failed.status == "failed"
    assert failed.error is not None
    assert "give prices" in failed.error
