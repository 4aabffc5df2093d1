from __future__ import annotations

from collections import Counter

from modicum.candidates.llm_prompt import Prompt, choose_shots
from modicum.candidates.protocol import Examples

CLASSES = ("HUM", "LOC")


def fit(count: int = 20) -> Examples:
    inputs = tuple(f"text {n:02}" for n in range(count))
    return Examples(inputs, tuple(CLASSES[n % 2] for n in range(count)), CLASSES)


def test_the_default_lists_the_classes_shows_turns_and_ends_with_the_input() -> None:
    prompt = Prompt(CLASSES, ("human", "place"), (("who?", "HUM"), ("where?", "LOC")))
    messages = prompt.messages("when?")
    assert [message["role"] for message in messages] == [
        "system",
        *["user", "assistant"] * 2,
        "user",
    ]
    assert messages[0]["content"].endswith("human, place")
    assert [message["content"] for message in messages[1:]] == [
        "who?",
        "human",
        "where?",
        "place",
        "when?",
    ]


def test_an_instruction_of_ones_own_is_followed_by_the_classes_it_does_not_name() -> None:
    asked = Prompt(CLASSES, CLASSES, instruction="What is asked for?").messages("who?")
    told = "What is asked for? Answer with exactly one of these classes: HUM, LOC"
    assert asked[0] == {"role": "system", "content": told}
    named = Prompt(CLASSES, CLASSES, instruction="One of {classes}!").messages("who?")
    assert named[0]["content"] == "One of HUM, LOC!"


def test_a_reason_is_asked_for_and_examples_without_one_are_no_turns() -> None:
    shots = (("where?", "LOC"),)
    asked = Prompt(CLASSES, CLASSES, shots, reason=True).messages("who?")
    assert [message["role"] for message in asked] == ["system", "user"]
    assert "say in one short sentence" in asked[0]["content"]
    assert "Text: where?\nClass: LOC" in asked[0]["content"]
    own = Prompt(CLASSES, CLASSES, shots, "Which? {input}", reason=True).messages("who?")
    assert own[0]["content"].startswith("Examples:")
    assert own[1]["content"].startswith("Which? who?\n\nAfter the class")


def test_all_but_the_input_is_the_same_for_every_input() -> None:
    prompt = Prompt(CLASSES, CLASSES, (("who?", "HUM"),))
    assert prompt.messages("a")[:-1] == prompt.messages("b")[:-1]


def test_a_template_is_filled_once_whatever_the_input_says() -> None:
    prompt = Prompt(CLASSES, CLASSES, (), 'Of {classes}, {"json": 1}: {input}')
    assert prompt.messages("{classes} {0} %s {examples}") == [
        {"role": "user", "content": 'Of HUM, LOC, {"json": 1}: {classes} {0} %s {examples}'}
    ]


def test_a_template_may_say_where_the_examples_stand() -> None:
    prompt = Prompt(CLASSES, CLASSES, (("who?", "HUM"),), "{examples}\n\nText: {input}\nClass:")
    assert prompt.messages("when?") == [
        {"role": "user", "content": "Text: who?\nClass: HUM\n\nText: when?\nClass:"}
    ]


def test_examples_are_balanced_and_the_same_for_the_same_seed() -> None:
    shots = choose_shots(fit(), 6, seed=1, budget_chars=1e9)
    assert Counter(label for _, label in shots) == {"HUM": 3, "LOC": 3}
    assert shots == choose_shots(fit(), 6, seed=1, budget_chars=1e9)
    assert shots != choose_shots(fit(), 6, seed=2, budget_chars=1e9)


def test_examples_end_where_the_context_ends() -> None:
    assert len(choose_shots(fit(), 20, seed=0, budget_chars=110)) == 2
    assert choose_shots(fit(), 20, seed=0, budget_chars=10) == ()


def test_there_are_never_more_examples_than_there_are() -> None:
    assert len(choose_shots(fit(4), 1000, seed=0, budget_chars=1e9)) == 4


def test_very_long_and_empty_examples_are_passed_over() -> None:
    examples = Examples(("", "x" * 500, "a", "bb", "cc"), ("HUM",) * 5, CLASSES)
    chosen = choose_shots(examples, 3, seed=0, budget_chars=1e9)
    assert {text for text, _ in chosen} == {"a", "bb", "cc"}
