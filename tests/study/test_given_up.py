"""A class that the average hides is named, recorded, and not served without somebody's name."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from modicum.decision.consent import accept, demand, open_slices
from modicum.decision.document import DecisionDocument, GivenUpDocument
from modicum.errors import DecisionError
from modicum.ledger import open_ledger
from modicum.metering import Meter
from modicum.study import run_study
from modicum.study.verify import verify
from modicum.tasks import load_task

SYLLABLES = ("ba", "de", "fi", "go", "lu", "ma", "ne", "ri", "so", "tu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One message in a hundred is spam, says so, and is nothing that `majority` ever finds."""
    place = tmp_path_factory.mktemp("rare")
    choose = random.Random(1)
    with (place / "d.jsonl").open("w") as file:
        for n in range(3000):
            text = " ".join("".join(choose.choices(SYLLABLES, k=3)) for _ in range(6))
            spam = n % 100 == 0
            row = {"text": text + " prize prize prize" * spam, "label": "spam" if spam else "ham"}
            file.write(json.dumps(row) + "\n")
    (place / "t.toml").write_text(
        '[task]\nname="t"\ndata="d.jsonl"\ninput="text"\nreference="label"\n'
        '[adequate]\nreference="tfidf-logistic"\n'
        '[[candidates]]\nrecipe="majority"\n[[candidates]]\nrecipe="tfidf-logistic"\n'
    )
    ledger = open_ledger(f"sqlite:///{place}/l.db")
    run_study(load_task(place / "t.toml"), place / "out", ledger, Meter())
    ledger.close()
    return place / "out"


@pytest.fixture
def decision(folder: Path) -> DecisionDocument:
    return DecisionDocument.model_validate_json((folder / "decision.json").read_text())


def test_the_verdict_names_the_class_and_the_cure(decision: DecisionDocument) -> None:
    assert decision.recommended == "majority"
    lost = decision.given_up[0]
    assert (lost.name, lost.right, lost.lost > 0.5) == ("spam", 0, True)
    assert (
        f"But it gives up 'spam': right on 0 of {lost.examples}, tfidf-logistic on "
        f"{lost.reference_right}. If that matters, name the column of classes in slices"
        in decision.verdict
    )


def test_it_follows_from_the_evidence(folder: Path, decision: DecisionDocument) -> None:
    assert verify(folder).holds
    lost = GivenUpDocument(name="spam", examples=24, right=3, reference_right=24)
    changed = decision.model_copy(update={"given_up": [lost]})
    text = (folder / "decision.json").read_text()
    (folder / "decision.json").write_text(changed.model_dump_json())
    assert "given_up" in " ".join(fault.where for fault in verify(folder).faults)
    (folder / "decision.json").write_text(text)


def test_it_is_served_only_once_somebody_accepted_it(
    folder: Path, decision: DecisionDocument
) -> None:
    assert open_slices(decision) == ("class=spam",)
    with pytest.raises(DecisionError, match="for class=spam of 't', and nobody has accepted"):
        demand(decision, folder, "say so")
    accept(folder, decision, "Ada", "business")
    demand(decision, folder, "say so")
