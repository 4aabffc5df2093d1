from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modicum.candidates.artefact import Parts, write_parts
from modicum.candidates.protocol import Candidate, Examples
from modicum.candidates.recorded import RecordedCandidate, RecordedRecipe
from modicum.errors import ArtefactError, CandidateError, DataError

INPUTS = ("a", "b", "a", "c")
COLUMNS: dict[str, tuple[object, ...]] = {
    "gpt4": ("x", "y", "z", None),
    "gpt4_ok": ("yes", "0", True, "FALSE"),
    "tin": (10, "20", 30.0, ""),
    "eur": ("0.001", None, 0, 2),
    "ms": (1.5, 2, 3, 4),
}


def examples(**columns: tuple[object, ...]) -> Examples:
    return Examples(INPUTS, ("x", "y", "x", "y"), ("x", "y"), {**COLUMNS, **columns})


def recorded(**options: Any) -> RecordedCandidate:
    return RecordedCandidate.from_columns(INPUTS, COLUMNS, options, name="gpt-4")


def test_rows_are_answered_as_they_were_recorded() -> None:
    candidate = recorded(
        answer="gpt4", tokens_in="tin", cost="eur", latency_ms="ms", currency="EUR"
    )
    answers = candidate.answer_rows(INPUTS, COLUMNS)
    assert answers.values == ("x", "y", "z", None)
    assert answers.errors == (None, None, None, "row 4 has no recorded answer")
    assert answers.usage is not None
    assert [usage.tokens_in for usage in answers.usage] == [10, 20, 30, None]
    assert [usage.cost for usage in answers.usage] == [0.001, None, 0.0, 2.0]
    assert [usage.currency for usage in answers.usage] == ["EUR", None, "EUR", "EUR"]
    assert [usage.latency_ms for usage in answers.usage] == [1.5, 2.0, 3.0, 4.0]


def test_tokens_cost_what_the_prices_given_say_where_no_cost_was_recorded() -> None:
    columns = COLUMNS | {"tout": (1, 2, None, 4)}
    options = {"answer": "gpt4", "tokens_in": "tin", "tokens_out": "tout", "cost": "eur"}
    candidate = RecordedCandidate.from_columns(
        INPUTS, columns, options | {"price_in": 2.5, "price_out": 10}, name="gpt-4"
    )
    usage = candidate.answer_rows(INPUTS, columns).usage
    assert usage is not None
    assert [each.cost for each in usage] == [0.001, pytest.approx(70e-6), 0.0, 2.0]


def test_cached_tokens_and_the_slow_lane_have_prices_of_their_own() -> None:
    columns = {"said": ("x",) * 2, "in": (1000, 1000), "out": (100, 100), "old": (800, None)}
    given = {"answer": "said", "tokens_in": "in", "tokens_out": "out", "tokens_cached": "old"}
    prices = {"price_in": 2, "price_out": 8, "price_cached": 0.5}
    slow = {"price_batch_in": 1, "price_batch_out": 4, "batch": True}
    costs = []
    for more in (prices, prices | slow):
        found = RecordedCandidate.from_columns(("a", "b"), columns, given | more)
        usage = found.answer(("a", "b")).usage
        assert usage is not None
        assert usage[0].tokens_cached == 800
        costs.append([u.cost for u in usage])
    assert costs[0] == pytest.approx([0.0016, 0.0028])  # (200*2 + 800*.5 + 100*8) / 1e6
    assert costs[1] == pytest.approx([0.0014, 0.0014])


def test_correctness_alone_is_enough() -> None:
    answers = recorded(correct="gpt4_ok").answer_rows(INPUTS, COLUMNS)
    assert answers.correct == (True, False, True, False)
    assert answers.values == (None, None, None, None)
    assert answers.errors == (None, None, None, None)


def test_an_input_recorded_twice_gives_its_recordings_in_the_order_of_the_data() -> None:
    candidate = recorded(answer="gpt4")
    assert candidate.answer(["a", "a", "b", "a"]).values == ("x", "z", "y", "x")
    assert candidate.answer(["a"]).values == ("x",)


def test_a_new_input_has_no_answer_and_says_so() -> None:
    answers = recorded(answer="gpt4").answer(["new", "b"])
    assert answers.values == (None, "y")
    assert answers.errors is not None
    assert "no answer was recorded for this input" in str(answers.errors[0])


def test_a_recipe_knows_fit_and_tune_rows() -> None:
    candidate = RecordedRecipe().fit(
        examples(), examples(), name="gpt-4", seed=0, options={"answer": "gpt4"}
    )
    assert isinstance(candidate, Candidate)
    assert candidate.answer(["b"]).values == ("y",)
    assert candidate.process_ids == ()


def test_a_missing_column_names_the_nearest() -> None:
    with pytest.raises(DataError, match="no column 'gpt_4' for answer: did you mean 'gpt4'"):
        recorded(answer="gpt_4")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give answer = COLUMN, or correct = COLUMN"),
        ({"anwser": "gpt4"}, "unknown option 'anwser': did you mean 'answer'"),
        ({"answer": 4}, "answer must name a column, got 4"),
        ({"answer": "gpt4", "price_in": 1}, "give price_in and price_out together"),
        ({"answer": "gpt4", "price_in": 1, "price_out": 2}, "has prices and no tokens"),
        ({"answer": "gpt4", "price_cached": 1}, "has price_cached and no price_in"),
        ({"answer": "gpt4", "price_batch_in": 1}, "give price_batch_in and price_batch_out"),
        ({"answer": "gpt4", "batch": True}, "the slow lane's prices"),
        ({"answer": "gpt4", "batch": "yes"}, "write true, or leave it out"),
        (
            {"answer": "gpt4", "price_in": 1, "price_out": 2, "price_cached": 1},
            "name the column that counts",
        ),
        ({"answer": "gpt4", "price_in": "1"}, "price of a million tokens, got '1': write a number"),
    ],
)
def test_a_wrong_table_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(CandidateError, match=message):
        recorded(**options)


@pytest.mark.parametrize(
    ("option", "cell", "message"),
    [
        ("correct", "maybe", "holds 'maybe' in row 1: write true or false"),
        ("cost", "-1", "holds '-1' in row 1: write a number, 0 or more"),
        ("cost", "inf", "holds 'inf' in row 1"),
        ("tokens_in", "many", "holds 'many' in row 1"),
    ],
)
def test_an_unreadable_cell_is_named(option: str, cell: str, message: str) -> None:
    options = {"answer": "gpt4", option: "odd"}
    with pytest.raises(DataError, match=message):
        RecordedCandidate.from_columns(["a"], {"gpt4": ["x"], "odd": [cell]}, options)


def test_columns_of_other_rows_are_refused() -> None:
    with pytest.raises(DataError, match="4 recorded rows for 1 inputs"):
        recorded(answer="gpt4").answer_rows(["a"], COLUMNS)


def test_what_is_saved_holds_no_recordings_and_answers_say_so(tmp_path: Path) -> None:
    recorded(answer="gpt4", cost="eur").save(tmp_path)
    loaded = RecordedRecipe().load(tmp_path, name="gpt-4")
    assert loaded.options.cost == "eur"
    assert loaded.answer(["a"]).values == (None,)
    assert loaded.answer_rows(INPUTS, COLUMNS).values == ("x", "y", "z", None)


def test_settings_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    write_parts(tmp_path, "recorded", Parts({"options": {"answers": "x"}}))
    with pytest.raises(ArtefactError, match=r"holds no usable settings.*unknown option 'answers'"):
        RecordedRecipe().load(tmp_path, name="x")
