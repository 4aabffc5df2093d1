"""The whole race on real questions with real candidates, small enough to run in seconds."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from races import raced

import modicum
from modicum.candidates.decided import Decided
from modicum.decision.document import read_decision
from modicum.errors import ArtefactError, CandidateError, MissingExtraError, TaskError
from modicum.ledger import open_ledger
from modicum.study import Silent

pytestmark = pytest.mark.assets

MAJORITY = '[[candidates]]\nrecipe = "majority"\n'
TFIDF = '[[candidates]]\nrecipe = "tfidf-logistic"\n'
SVM = '[[candidates]]\nrecipe = "tfidf-svm"\n'
BAYES = MAJORITY + TFIDF
WriteTask = Callable[..., Path]


def test_the_race_ends_in_a_decision_that_answers(write_task: WriteTask, tmp_path: Path) -> None:
    out = tmp_path / "out"
    document = raced(write_task(BAYES), out)
    assert document == read_decision(out)
    assert document.reference == "tfidf-logistic"
    assert [c.name for c in document.candidates] == ["majority", "tfidf-logistic"]
    assert document.candidate("majority").adequate is False
    assert document.recommended == "tfidf-logistic"
    with modicum.load(out) as decided:
        (answer,) = decided.answer(["Who wrote Hamlet ?"])
    assert answer.value == "HUM"
    assert answer.energy_j.value is not None
    assert answer.energy_j.low is not None
    assert 0 < answer.energy_j.low < answer.energy_j.value


def test_a_smaller_candidate_is_recommended_over_a_worse_and_larger_reference(
    write_task: WriteTask, tmp_path: Path
) -> None:
    more = '[adequate]\nreference = "big"\nmargin = 0.02\n'
    wrong = '[[candidates]]\nrecipe = "recorded"\nname = "big"\nanswer = "said"\n'
    wrong += 'energy_j = "joules"\n'
    path = write_task(
        more + "[volume]\nrequests_per_month = 1000\n" + TFIDF + wrong,
        extra={"said": ["HUM", "LOC"], "joules": [500, 700]},
    )
    document = raced(path, tmp_path / "out")
    assert document.recommended == "tfidf-logistic"
    assert document.candidate("tfidf-logistic").adequate is True
    assert document.candidate("tfidf-logistic").superior is True
    saving = document.saving_per_month
    assert saving is not None
    assert saving.energy.unit == "kWh"
    assert saving.energy.value == pytest.approx(1000 * 600 / 3.6e6, rel=0.1)
    assert saving.cost.value is None
    assert saving.cost.reason is not None
    assert document.break_even_requests.value is not None


def test_judge_examples_are_never_seen_by_a_recipe(
    write_task: WriteTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from modicum.candidates.majority import MajorityRecipe

    seen: list[str] = []
    fit = MajorityRecipe.fit

    def watched(self: Any, fitted: Any, tune: Any, **rest: Any) -> Any:
        seen.extend((*fitted.inputs, *tune.inputs))
        return fit(self, fitted, tune, **rest)

    monkeypatch.setattr(MajorityRecipe, "fit", watched)
    document = raced(write_task(BAYES), tmp_path / "out")
    assert len(seen) == document.splits["fit"] + document.splits["tune"]
    judged = json.loads(
        next((tmp_path / "out" / "trials").glob("majority-*/judge.json")).read_text()
    )
    assert len(judged["judge"]["rows"]) == document.splits["judge"]


def test_the_same_study_twice_decides_the_same(write_task: WriteTask, tmp_path: Path) -> None:
    path = write_task(BAYES)
    one, two = raced(path, tmp_path / "one"), raced(path, tmp_path / "two")
    assert one.fingerprints == two.fingerprints
    for name in ("majority", "tfidf-logistic"):
        assert one.candidate(name).loss == two.candidate(name).loss
        assert one.candidate(name).difference == two.candidate(name).difference


def test_a_candidate_that_fails_is_marked_and_the_others_go_on(
    write_task: WriteTask, tmp_path: Path
) -> None:
    down = '[[candidates]]\nrecipe = "llm"\nname = "down"\nmodel = "m"\nretries = 0\n'
    down += 'base_url = "http://127.0.0.1:9/v1"\n'
    document = raced(write_task(BAYES + down), tmp_path / "out")
    failed = document.candidate("down")
    assert failed.status == "failed"
    assert failed.error is not None
    assert "127.0.0.1:9" in failed.error
    assert failed.adequate is None
    assert document.recommended == "tfidf-logistic"


def test_a_missing_extra_stops_the_race_with_the_command_to_install_it(
    write_task: WriteTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'modicum\[size\]'"):
        raced(write_task(BAYES), tmp_path / "out")
    assert not (tmp_path / "out" / "decision.json").exists()


def test_a_reference_that_fails_stops_the_race(write_task: WriteTask, tmp_path: Path) -> None:
    down = '[adequate]\nreference = "down"\n' + MAJORITY
    down += '[[candidates]]\nrecipe = "llm"\nname = "down"\nmodel = "m"\nretries = 0\n'
    down += 'base_url = "http://127.0.0.1:9/v1"\n'
    with pytest.raises(CandidateError, match="the reference 'down' failed"):
        raced(write_task(down), tmp_path / "out")
    assert not (tmp_path / "out" / "decision.json").exists()


@pytest.mark.parametrize(
    ("more", "error", "sentence"),
    [
        ('[adequate]\nreference = "none"\n' + MAJORITY, TaskError, "is not a candidate"),
        ('[[candidates]]\nrecipe = "majorty"\n', CandidateError, "majority"),
    ],
)
def test_a_misspelt_name_is_refused_before_any_work(
    write_task: WriteTask, tmp_path: Path, more: str, error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        raced(write_task(more), tmp_path / "out")


def test_a_stopped_run_goes_on_where_it_was(write_task: WriteTask, tmp_path: Path) -> None:
    class Impatient(Silent):
        def stage(self, title: str, total: int) -> None:
            if title == "judging":
                raise KeyboardInterrupt

    path, out = write_task(BAYES), tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        raced(path, out, progress=Impatient())
    assert not (out / "decision.json").exists()
    kept = {p.parent.name.rsplit("-", 1)[0] for p in out.glob("trials/*/tune.json")}
    assert kept == {"majority", "tfidf-logistic"}
    before = {p: p.stat().st_mtime_ns for p in out.glob("trials/*/fitting.json")}
    document = raced(path, out, resume=True)
    assert {p: p.stat().st_mtime_ns for p in before} == before
    assert document.recommended == "tfidf-logistic"
    ledger = open_ledger()
    assert [run.status for run in ledger.runs()] == ["finished", "interrupted"]
    ledger.close()


def test_a_damaged_trial_is_done_again(write_task: WriteTask, tmp_path: Path) -> None:
    path, out = write_task(BAYES), tmp_path / "out"
    one = raced(path, out)
    for stored in out.glob("trials/*/tune.json"):
        stored.write_text("{", encoding="utf-8")
    for stored in out.glob("trials/majority-*/candidate/document.json"):
        stored.write_text("{}", encoding="utf-8")
    two = raced(path, out, resume=True)
    assert [c.loss for c in one.candidates] == [c.loss for c in two.candidates]


def test_slices_are_held_to_their_margin(write_task: WriteTask, tmp_path: Path) -> None:
    more = 'slices = ["source"]\n[adequate]\nslice_margin = 0.5\n' + BAYES
    path = write_task(more, extra={"source": ["web", "web", "web", "phone"]})
    document = raced(path, tmp_path / "out")
    slices = document.candidate("majority").slices
    assert {(s.column, s.slice) for s in slices} == {("source", "web"), ("source", "phone")}
    assert sum(s.examples for s in slices) == document.splits["judge"]
    assert all(s.margin == 0.5 for s in slices)


@pytest.mark.parametrize("metric", ["macro_f1", "balanced_accuracy", "log_loss"])
def test_other_metrics_decide_too(write_task: WriteTask, tmp_path: Path, metric: str) -> None:
    document = raced(write_task(f'metric = "{metric}"\n' + BAYES, rows=500), tmp_path / "out")
    assert document.task.metric == metric
    loss = document.candidate("tfidf-logistic").loss
    assert loss is not None
    assert 0 < loss.low < loss.value < loss.high < 1


def test_a_latency_ceiling_excludes_what_is_above_it(write_task: WriteTask, tmp_path: Path) -> None:
    more = '[adequate]\nreference = "tfidf-logistic"\nmax_latency_ms = 1e-6\n' + BAYES
    document = raced(write_task(more), tmp_path / "out")
    majority = document.candidate("majority")
    assert majority.status == "excluded"
    assert majority.error is not None
    assert "above the ceiling of 1e-06 ms" in majority.error
    assert document.recommended == "tfidf-logistic"


def test_a_tampered_candidate_is_refused(write_task: WriteTask, tmp_path: Path) -> None:
    out = tmp_path / "out"
    raced(write_task(BAYES), out)
    with (out / "recommended" / "document.json").open("a", encoding="utf-8") as file:
        file.write(" ")
    with pytest.raises(ArtefactError, match="is not the candidate this decision was made about"):
        Decided.load(out)


def test_a_newer_decision_is_refused(write_task: WriteTask, tmp_path: Path) -> None:
    out = tmp_path / "out"
    raced(write_task(MAJORITY + TFIDF), out)
    plain = json.loads((out / "decision.json").read_text())
    (out / "decision.json").write_text(json.dumps(plain | {"version": 99}))
    with pytest.raises(ArtefactError, match="version 99, this program reads up to 1"):
        Decided.load(out)


def test_recorded_answers_can_win_but_not_answer(write_task: WriteTask, tmp_path: Path) -> None:
    recorded = '[[candidates]]\nrecipe = "recorded"\nname = "past"\ncorrect = "right"\n'
    path = write_task('[adequate]\nreference = "past"\n' + MAJORITY + recorded,
                      extra={"right": ["yes"]})  # fmt: skip
    out = tmp_path / "out"
    assert raced(path, out).recommended == "past"
    with pytest.raises(CandidateError, match="recorded answers, which cannot answer"):
        Decided.load(out)


def test_a_study_connects_to_nothing_but_what_the_task_names(
    write_task: WriteTask, tmp_path: Path, connections: list[Any]
) -> None:
    raced(write_task(BAYES), tmp_path / "out")
    assert connections == []


def test_every_quantity_of_the_decision_is_a_figure(write_task: WriteTask, tmp_path: Path) -> None:
    document = raced(write_task(BAYES), tmp_path / "out")
    wanted = {"value", "low", "high", "unit", "basis", "source", "boundary"}
    plain = document.model_dump()
    for candidate in plain["candidates"]:
        for figure in candidate["footprint"].values():
            assert wanted <= set(figure)
            assert figure["value"] is None or figure["low"] < figure["value"] < figure["high"]
    for name in ("energy_j", "carbon_g", "water_l", "cost"):
        assert wanted <= set(plain["search"][name])


def test_a_changed_study_on_the_same_judge_examples_spends_what_is_left(
    write_task: WriteTask, tmp_path: Path
) -> None:
    first = raced(write_task(BAYES), tmp_path / "a")
    again = raced(write_task(BAYES), tmp_path / "b")
    other = raced(write_task(BAYES + SVM), tmp_path / "c")
    looks = [document.look for document in (first, again, other)]
    assert [look and look.number for look in looks] == [1, 1, 2]
    assert [look and round(look.alpha, 6) for look in looks] == [0.04, 0.04, 0.008]
