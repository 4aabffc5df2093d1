"""A search of settings: what it may spend, what it may choose, and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from races import raced

from modicum.candidates.naive_bayes import NaiveBayesRecipe
from modicum.decision.document import CandidateDocument
from modicum.study.better import clearly_better
from modicum.study.settings import space_of
from modicum.study.verify import verify
from modicum.tasks import CandidateSection

pytestmark = pytest.mark.assets

BAYES = '[[candidates]]\nrecipe = "majority"\n[[candidates]]\nrecipe = "naive-bayes"\n'


@pytest.fixture(autouse=True)
def _optuna() -> None:
    pytest.importorskip("optuna", reason="needs modicum[search]")


def said(candidate: CandidateDocument) -> str:
    (note,) = [note for note in candidate.notes if "settings searched" in note]
    return note


def test_only_what_the_task_file_leaves_open_is_searched() -> None:
    section = CandidateSection(recipe="tfidf-svm", name="s", words=2, min_count=1)  # type: ignore[call-arg]
    assert set(space_of(section)) == {"chars_from", "chars_to"}
    assert space_of(CandidateSection(recipe="majority", name="m")) == {}


def test_a_poor_default_is_replaced_and_a_resumed_study_does_not_search_again(
    write_task: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(NaiveBayesRecipe.defaults, "smoothing", 300.0)  # type: ignore[index]
    plain = raced(write_task(BAYES), tmp_path / "plain").candidate("naive-bayes")
    assert plain.options == {}
    path = write_task(f"[search]\nenergy_j = 1e5\ntrials = 3\n{BAYES}")
    found = raced(path, tmp_path / "out").candidate("naive-bayes")
    assert found.options["smoothing"] in NaiveBayesRecipe.space["smoothing"]
    assert found.loss is not None
    assert plain.loss is not None
    assert found.loss.value < plain.loss.value
    assert re.search(r"4 tried with .* J; smoothing .*: loss on tune", said(found))
    assert verify(tmp_path / "out").holds
    again = raced(path, tmp_path / "out", resume=True).candidate("naive-bayes")
    assert (said(again), again.options) == (said(found), found.options)


def test_a_search_stops_before_a_proposal_that_the_joules_do_not_cover(
    write_task: Callable[..., Path], tmp_path: Path
) -> None:
    path = write_task(f"[search]\nenergy_j = 1e-6\n{BAYES}")
    found = raced(path, tmp_path / "out").candidate("naive-bayes")
    assert "1 tried" in said(found)
    assert "the default stays" in said(found)
    assert found.options == {}


def test_a_setting_must_be_better_by_more_than_chance() -> None:
    rng = np.random.default_rng(0)
    taken = sum(clearly_better(*rng.normal(size=(2, 200))) for _ in range(400))
    assert 40 <= taken <= 90  # P(Z > 1) = .16 where nothing differs
    assert clearly_better(np.zeros(200), rng.uniform(size=200))
    assert not clearly_better(np.zeros(1), np.ones(1))
