import json
from pathlib import Path
from typing import Any

import pytest

from modicum.decision.document import FigureDocument, parse_decision, read_decision
from modicum.decision.migrate import migrated
from modicum.errors import ArtefactError
from modicum.figures import Figure


def test_a_figure_survives_its_document_with_its_shared_errors() -> None:
    one = Figure.of(
        2.0, 1.0, 4.0, "J", basis="modelled", source="s", boundary="b", error="power-model:x"
    )
    two = FigureDocument.of(one).figure()
    assert two == one
    difference = one - two
    assert (difference.low, difference.value, difference.high) == (0.0, 0.0, 0.0)


def test_an_unknown_figure_keeps_its_reason() -> None:
    document = FigureDocument.of(Figure.unknown("EUR", "no price"))
    assert (document.value, document.reason) == (None, "no price")
    assert document.figure().reason == "no price"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "has no decision version"),
        ('{"version": true}', "has no decision version"),
        ('{"version": 0}', "has no decision version"),
        ('{"version": 2}', "version 2, this program reads up to 1"),
        ('{"version": 1}', "is not a decision of this program"),
    ],
)
def test_a_foreign_or_newer_decision_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ArtefactError) as caught:
        parse_decision(text)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_decision_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="make one with `modicum size"):
        read_decision(tmp_path)


def test_an_older_document_is_brought_up_step_by_step() -> None:
    def rename(plain: dict[str, Any]) -> dict[str, Any]:
        return {"version": 2, "chosen": plain["winner"]}

    def wrap(plain: dict[str, Any]) -> dict[str, Any]:
        return {"version": 3, "chosen": [plain["chosen"]]}

    old = json.dumps({"version": 1, "winner": "small"})
    found = migrated(old, 3, "d.json", "decision", {1: rename, 2: wrap})
    assert found == {"version": 3, "chosen": ["small"]}
