"""Learning curves in a real study: who is given up, and what the decision says of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from modicum.cli.report_evidence import curves
from modicum.ledger import open_ledger
from modicum.metering import Meter
from modicum.study import run_study, searching
from modicum.study.budget import Budget
from modicum.study.fitting import part_of
from modicum.study.searching import Search
from modicum.study.verify import verify
from modicum.tasks import load_task


def test_a_smaller_part_lies_within_a_larger_one() -> None:
    rows = list(range(100, 300))
    small, large = (part_of(rows, share, seed=1) for share in (1 / 16, 1 / 4))
    assert (len(small), len(large)) == (12, 50)
    assert set(small) <= set(large)
    assert large == sorted(large)
    assert part_of(rows, 1.0, seed=1) == rows


@pytest.mark.assets
def test_a_poor_student_is_given_up_before_it_is_fitted_whole(
    write_task: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "CHEAP_J", 0.0)
    monkeypatch.setattr(searching, "FEWEST_ROWS", 50)
    monkeypatch.setattr(searching, "PART", 0.02)
    sections = "".join(
        f'[[candidates]]\nrecipe = "tfidf-logistic"\nname = "{name}"\nc = {c}\nwords = 1\n'
        for name, c in (("stiff", 1e-6), ("good", 10.0))
    )
    ledger = open_ledger()
    document = run_study(load_task(write_task(sections)), tmp_path / "out", ledger, Meter())
    ledger.close()
    stiff = document.candidate("stiff")
    assert stiff.status == "excluded"
    assert "of the fit split" in str(stiff.error)
    assert stiff.judged_examples == 0
    assert document.recommended == "good"
    exhaustive, used = document.search.exhaustive_energy_j, document.search.energy_j
    assert exhaustive is not None
    assert exhaustive.value is not None
    assert used.value is not None
    assert exhaustive.value >= used.value > 0
    (curve,) = curves(tmp_path / "out")
    assert (curve.candidate, curve.given_up) == ("stiff", True)
    assert len(curve.points) >= 1
    assert all(rows > 0 and 0 <= loss <= 1 for rows, loss in curve.points)
    assert verify(tmp_path / "out").holds


@pytest.mark.assets
def test_a_student_beyond_the_energy_budget_is_given_up_before_it_is_fitted_whole(
    write_task: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "CHEAP_J", 0.0)
    monkeypatch.setattr(searching, "FEWEST_ROWS", 50)
    monkeypatch.setattr(Search, "_cost", lambda self, trial, ask: 2e6 * ask.share)
    sections = (
        '[[candidates]]\nrecipe = "majority"\n[[candidates]]\nrecipe = "tfidf-logistic"\n'
        '[[candidates]]\nrecipe = "naive-bayes"\n'
        '[adequate]\nreference = "naive-bayes"\nmargin = 0.3\n'
    )
    ledger, out = open_ledger(), tmp_path / "out"
    task = load_task(write_task(sections))
    document = run_study(task, out, ledger, Meter(), budget=Budget(energy_j=1e6))
    ledger.close()
    student = document.candidate("tfidf-logistic")
    assert student.status == "excluded"
    assert student.judged_examples == 0
    assert "it would use about 2e+06 J, and the budget has" in str(student.error)
