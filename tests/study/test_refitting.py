from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from races import raced

import modicum
from modicum.study.fitting import REFITTED

pytestmark = pytest.mark.assets

TWO = "".join(f'[[candidates]]\nrecipe = "{recipe}"\n' for recipe in ("majority", "tfidf-logistic"))


def test_students_learn_again_from_tune_after_it_has_decided(
    write_task: Callable[..., Path], tmp_path: Path
) -> None:
    once = raced(write_task(TWO), tmp_path / "once")
    again = raced(write_task(f"[split]\nrefit = true\n{TWO}"), tmp_path / "again")
    before, after = once.candidate("tfidf-logistic"), again.candidate("tfidf-logistic")
    assert before.tune_loss == after.tune_loss  # the order comes from the honest answers
    assert before.loss is not None
    assert after.loss is not None
    assert before.loss.value != after.loss.value
    assert REFITTED in after.notes
    assert REFITTED not in before.notes
    assert REFITTED not in again.candidate("majority").notes
    words = [modicum.load(tmp_path / name).candidate.encoder.width for name in ("once", "again")]  # type: ignore[attr-defined]
    assert words[1] > words[0]  # what is served knows the words of tune


def test_a_resumed_study_does_not_fit_again_what_was_fitted_again(
    write_task: Callable[..., Path], tmp_path: Path
) -> None:
    path = write_task(f"[split]\nrefit = true\n{TWO}")
    first = raced(path, tmp_path / "out")
    second = raced(path, tmp_path / "out", resume=True)
    name = "tfidf-logistic"
    assert first.candidate(name).loss == second.candidate(name).loss
    assert second.candidate(name).notes.count(REFITTED) == 1
    assert first.candidate(name).fitting == second.candidate(name).fitting
