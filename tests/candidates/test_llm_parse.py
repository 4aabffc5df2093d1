from __future__ import annotations

from typing import Any

import pytest

from modicum.candidates.llm_parse import first_token_scores, parse_class

CLASSES = ("HUM", "LOC", "card_arrival", "card_not_working", "not spam", "spam")


def choice(**tokens: float) -> dict[str, Any]:
    shown = [{"token": text, "logprob": logprob} for text, logprob in tokens.items()]
    return {"logprobs": {"content": [{"top_logprobs": shown}]}}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("HUM", "HUM"),
        ("  hum.\n", "HUM"),
        ('"Loc"', "LOC"),
        ("**LOC**", "LOC"),
        ("Answer: LOC", "LOC"),
        ("The correct answer is: LOC.", "LOC"),
        ("Class = card_arrival", "card_arrival"),
        ("LOC\n\nBecause it asks for a place and not HUM.", "LOC"),
        ('{"class": "card_not_working"}', "card_not_working"),
        ('```json\n{"class": "LOC"}\n```', "LOC"),
        ("<think>HUM? no, HUM is wrong</think>LOC", "LOC"),
        ("I would say it is spam", "spam"),
        ("This is clearly not spam.", "not spam"),
        ("HUM or LOC", None),
        ("card", None),
        ("humour", None),
        ("<think>it may be HUM", None),
        ("", None),
        ("\x00\ufffd", None),
    ],
)
def test_an_answer_names_a_class_whatever_its_dress(said: str, meant: str | None) -> None:
    assert parse_class(said, CLASSES, CLASSES) == meant


def test_labels_and_class_names_are_both_understood() -> None:
    assert parse_class("Human", ("HUM", "LOC"), ("human", "place")) == "HUM"
    assert parse_class("LOC", ("HUM", "LOC"), ("human", "place")) == "LOC"


def test_classes_that_differ_in_case_alone_are_told_apart() -> None:
    assert parse_class("us", ("US", "us"), ("US", "us")) == "us"


@pytest.mark.parametrize("said", ["<think>" * 300_000, '"' * 1_000_000, " is : " * 200_000])
def test_a_hostile_answer_names_nothing_and_does_not_hang(said: str) -> None:
    assert parse_class(said, CLASSES, CLASSES) is None


def test_tokens_count_for_the_class_they_begin() -> None:
    scores = first_token_scores(choice(**{"H": -1.0, "hum": -2.0, " LOC": -3.0}), ("HUM", "LOC"))
    assert scores is not None
    assert scores.best == 0
    assert (scores.clear, scores.direct) == (True, True)
    assert [round(p, 3) for p in scores.probabilities()] == [0.91, 0.09]


def test_a_token_that_begins_two_classes_is_not_clear() -> None:
    scores = first_token_scores(
        choice(card=-0.1, HUM=-4.0), ("card_arrival", "card_not_working", "HUM")
    )
    assert scores is not None
    assert not scores.clear


def test_a_model_that_sets_out_to_say_something_else_is_not_direct() -> None:
    scores = first_token_scores(choice(The=-0.1, HUM=-4.0), ("HUM", "LOC"))
    assert scores is not None
    assert not scores.direct


@pytest.mark.parametrize(
    "malformed",
    [
        {},
        {"logprobs": None},
        {"logprobs": {"content": []}},
        {"logprobs": {"content": [{"top_logprobs": [{"token": "HUM"}]}]}},
        {"logprobs": {"content": [{"top_logprobs": [{"token": "HUM", "logprob": "x"}]}]}},
        choice(HUM=float("nan")),
        choice(the=-1.0),
    ],
)
def test_without_usable_log_probabilities_there_are_no_scores(malformed: dict[str, Any]) -> None:
    assert first_token_scores(malformed, ("HUM", "LOC")) is None
