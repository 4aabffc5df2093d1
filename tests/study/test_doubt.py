"""A reference that is hardly ever right is said to be so: most often the task is set up wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from races import raced

from modicum.decision.document import DecisionDocument
from modicum.study.verify import verify

TASK = (
    '[adequate]\nreference = "big"\n[[candidates]]\nrecipe = "majority"\n'
    '[[candidates]]\nrecipe = "recorded"\nname = "big"\nanswer = "said"\n'
)


@pytest.fixture
def raced_as(
    write_task: Callable[..., Path], trec: list[tuple[str, str]], tmp_path: Path
) -> Callable[[Callable[[str], str]], DecisionDocument]:
    """Races `majority` and a reference that says what the rule makes of the right class."""

    def race(rule: Callable[[str], str]) -> DecisionDocument:
        labels = [label for _, label in trec if label != "ABBR"][:900]
        path = write_task(TASK, extra={"said": [rule(label) for label in labels]})
        return raced(path, tmp_path / "out")

    return race


Race = Callable[[Callable[[str], str]], DecisionDocument]


def test_a_reference_that_spells_its_classes_otherwise_is_wrong_everywhere(
    raced_as: Race, tmp_path: Path
) -> None:
    document = raced_as(str.lower)
    assert document.doubt is not None
    assert (document.doubt.loss, document.doubt.constant) == (1.0, None)
    assert (
        "But big itself is wrong nearly everywhere (loss 100%), so to be as good as it means "
        "nothing. Check reference and metric in [task], and how its classes are spelt"
    ) in document.verdict
    assert verify(tmp_path / "out").holds


def test_a_reference_no_better_than_one_answer_for_all_is_named(raced_as: Race) -> None:
    document = raced_as(lambda _: "HUM")
    assert document.doubt is not None
    assert document.doubt.constant == "majority"
    assert document.doubt.constant_loss is not None
    assert document.doubt.loss >= document.doubt.constant_loss
    assert "no better than majority, which gives every input the same answer" in document.verdict


def test_a_good_reference_is_not_doubted(raced_as: Race) -> None:
    document = raced_as(str)
    assert document.doubt is None
    assert "But big" not in document.verdict


def test_a_decision_from_before_there_were_doubts_still_holds(
    raced_as: Race, tmp_path: Path
) -> None:
    document = raced_as(str.lower)
    out = tmp_path / "out"
    evidence = json.loads((out / "evidence.json").read_text())
    del evidence["rules"]["doubt"]
    (out / "evidence.json").write_text(json.dumps(evidence))
    old = document.model_copy(
        update={"doubt": None, "verdict": document.verdict.partition(" But big")[0]}
    )
    (out / "decision.json").write_text(old.model_dump_json())
    assert [fault.where for fault in verify(out).faults] == ["evidence"]  # its text was changed
