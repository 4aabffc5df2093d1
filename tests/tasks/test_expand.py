from __future__ import annotations

import pytest

from modicum.errors import TaskError
from modicum.tasks.load import parse_spec

TASK = {"name": "t", "data": "d.csv", "input": "q", "reference": "a"}
LLM = {"recipe": "llm", "name": "big", "base_url": "http://127.0.0.1:1/v1"}


def names(*tables: dict[str, object]) -> list[str]:
    return [c.name for c in parse_spec({"task": TASK, "candidates": list(tables)}).candidates]


def test_prompts_and_models_make_a_candidate_of_each_combination() -> None:
    many = {**LLM, "prompts": ["Say {input}", "Name {input}"], "models": ["x/small", "large"]}
    assert names(many) == [
        "big-prompt1-small",
        "big-prompt1-large",
        "big-prompt2-small",
        "big-prompt2-large",
    ]


def test_any_option_varies_and_its_value_is_in_the_name() -> None:
    found = parse_spec(
        {"task": TASK, "candidates": [{**LLM, "model": "m", "vary": {"examples": [0, 12]}}]}
    )
    assert [c.name for c in found.candidates] == ["big-examples-0", "big-examples-12"]
    assert [c.options["examples"] for c in found.candidates] == [0, 12]


def test_what_cannot_vary_is_refused() -> None:
    with pytest.raises(TaskError, match="give a list of values"):
        names({**LLM, "vary": {"examples": 3}})
    with pytest.raises(TaskError, match="given once and as a list"):
        names({**LLM, "model": "m", "models": ["n"]})
