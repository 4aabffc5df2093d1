"""A slice that was not proven is used only once a named person has accepted it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from modicum.decision.approvals import FILE, add_approval
from modicum.decision.consent import accept, accepted, check_slice, demand, lacking, open_slices
from modicum.decision.document import DecisionDocument
from modicum.errors import DecisionError

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))

from report_decisions import EVERY

OPEN = ("language=Türkçe", "language=日本語")


@pytest.fixture
def document() -> DecisionDocument:
    return EVERY["slices"]()


@pytest.fixture
def folder(tmp_path: Path, document: DecisionDocument) -> Path:
    (tmp_path / "decision.json").write_text(document.model_dump_json(), encoding="utf-8")
    return tmp_path


def test_undecided_and_worse_slices_are_open_and_proven_ones_are_not(
    document: DecisionDocument,
) -> None:
    assert open_slices(document) == OPEN
    assert open_slices(EVERY["win"]()) == ()
    assert open_slices(EVERY["kept"]()) == ()


def test_nothing_goes_on_before_each_open_slice_was_accepted(
    document: DecisionDocument, folder: Path
) -> None:
    with pytest.raises(DecisionError, match="language=Türkçe, language=日本語 of 'banking-intent'"):
        demand(document, folder, "sign")
    add_approval(folder, role="business", name="A", kind="accept-slice", slice_name=OPEN[0])
    assert lacking(document, folder) == OPEN[1:]
    add_approval(folder, role="business", name="A", kind="accept-slice", slice_name=OPEN[1])
    demand(document, folder, "sign")
    assert {k: line.name for k, line in accepted(folder).items()} == dict.fromkeys(OPEN, "A")


def test_one_who_rejects_afterwards_has_taken_the_acceptance_back(
    document: DecisionDocument, folder: Path
) -> None:
    accept(folder, document, "A", "business")
    add_approval(folder, role="engineer", name="B", kind="reject")
    assert lacking(document, folder) == ()
    add_approval(folder, role="business", name="A", kind="reject")
    assert lacking(document, folder) == OPEN


def test_what_was_said_of_another_decision_does_not_count(
    document: DecisionDocument, folder: Path
) -> None:
    accept(folder, document, "A", "business")
    changed = document.model_copy(update={"notes": ["made again"]})
    (folder / "decision.json").write_text(changed.model_dump_json(), encoding="utf-8")
    assert lacking(changed, folder) == OPEN


def test_a_chain_that_was_changed_accepts_nothing(document: DecisionDocument, folder: Path) -> None:
    accept(folder, document, "A", "business")
    text = (folder / FILE).read_text(encoding="utf-8")
    (folder / FILE).write_text(text.replace('"A"', '"B"', 1), encoding="utf-8")
    assert lacking(document, folder) == OPEN


def test_accepting_again_adds_nothing(document: DecisionDocument, folder: Path) -> None:
    assert len(accept(folder, document, "A", "business")) == 2
    assert accept(folder, document, "B", "business") == []


def test_a_slice_that_is_not_there_is_refused_with_those_that_are(
    document: DecisionDocument,
) -> None:
    check_slice(document, "language=Deutsch")
    with pytest.raises(DecisionError, match="give one of language=English"):
        check_slice(document, "language=Dutch")
