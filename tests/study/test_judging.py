"""Dear candidates are judged by turns; the decision says so and can be made again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from races import raced

from modicum.study import judging
from modicum.study.verify import verify

pytestmark = pytest.mark.assets

TASK = """[adequate]
reference = "big"
margin = 0.05
compose = false
[[candidates]]
recipe = "majority"
[[candidates]]
recipe = "naive-bayes"
[[candidates]]
recipe = "recorded"
name = "big"
correct = "right"
energy_j = "joules"
"""
WriteTask = Callable[..., Path]


@pytest.fixture(autouse=True)
def _everything_is_dear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "DEAR_J", 0.0)


def columns(right: list[int]) -> dict[str, list[Any]]:
    return {"right": right, "joules": [500], "source": ["web", "web", "phone"]}


@pytest.mark.parametrize("slices", ["", 'slices = ["source"]\n'])
def test_who_cannot_be_proven_is_judged_on_a_part_and_the_decision_holds(
    write_task: WriteTask, tmp_path: Path, slices: str
) -> None:
    """The reference is nearly always right: nobody comes near, and nobody's judging is finished."""
    path = write_task(slices + TASK, rows=900, extra=columns([1] * 40 + [0]))
    document = raced(path, tmp_path / "out")
    assert document.recommended == "big"
    judge = document.splits["judge"]
    counts = {c.name: c.judged_examples for c in document.candidates}
    assert counts["big"] == judge > counts["majority"] >= 100
    hopeless = document.candidate("majority")
    assert hopeless.adequate is False
    assert hopeless.test is not None
    assert "judged no further" in hopeless.test.reason
    used, whole = document.search.judging_energy_j, document.search.judging_whole_energy_j
    assert used is not None
    assert whole is not None
    assert used.value is not None
    assert whole.value is not None
    assert used.value < whole.value
    assert verify(tmp_path / "out").holds


def test_a_changed_loss_of_a_stopped_candidate_is_found(
    write_task: WriteTask, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    raced(write_task(TASK, rows=600, extra=columns([1] * 40 + [0])), out)
    plain = json.loads((out / "evidence.json").read_text())
    stopped = next(t for t in plain["trials"] if t["stopped"])
    stopped["judge"]["losses"][0] = 1 - stopped["judge"]["losses"][0]
    (out / "evidence.json").write_text(json.dumps(plain))
    found = [fault.where for fault in verify(out).faults]
    name = stopped["section"]["name"]
    assert any(name in where and "e_value" in where for where in found)


def test_one_that_is_proven_is_judged_to_the_end(write_task: WriteTask, tmp_path: Path) -> None:
    path = write_task(TASK, rows=600, extra=columns([1, 0]))
    document = raced(path, tmp_path / "out")
    assert document.recommended == "naive-bayes"
    assert document.candidate("naive-bayes").judged_examples == document.splits["judge"]
    again = raced(path, tmp_path / "out", resume=True)
    assert again.candidate("naive-bayes").loss == document.candidate("naive-bayes").loss


def test_related_examples_bet_together_and_come_back_in_the_order_of_the_split(
    write_task: WriteTask, tmp_path: Path
) -> None:
    path = write_task(TASK, rows=600, extra=columns([1, 0]))
    data = path.parent / "questions.csv"
    lines = data.read_text(encoding="utf-8").splitlines()
    twice = [lines[0], *(line for one in lines[1:] for line in (one, one))]
    data.write_text("\n".join(twice) + "\n", encoding="utf-8")
    document = raced(path, tmp_path / "out")
    plain = json.loads((tmp_path / "out" / "evidence.json").read_text())
    for trial in plain["trials"]:
        rows = trial["judge"]["rows"]
        assert trial["stopped"] or rows == plain["split"]["judge"]
    assert document.recommended in {"naive-bayes", "big"}
    assert verify(tmp_path / "out").holds
