"""The task file of a discovered job: what stands in it is what a study reads."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from modicum.candidates.prices import price_of
from modicum.candidates.recorded_options import read_options
from modicum.discover.render import Plan, render_task


def logged(model: str, *, tokens: bool) -> dict[str, Any]:
    plan = Plan(
        name="tone",
        kind="classify",
        template="Label the tone: {}",
        answers="two labels",
        form="labels",
        fields=(),
        model=model,
        rows=100,
        logged=1000,
        requests_per_month=1000,
        tokens=tokens,
    )
    (first, *_) = tomllib.loads(render_task(plan))["candidates"]
    assert first.pop("recipe") == "recorded"
    return {key: value for key, value in first.items() if key != "name"}


def test_tokens_of_a_listed_model_are_charged_at_its_list_price() -> None:
    options, price = read_options(logged("gpt-4o", tokens=True), name="logged"), price_of("gpt-4o")
    assert price is not None
    assert (options.price_in, options.price_out) == (price.tokens_in, price.tokens_out)
    assert options.currency == price.currency


@pytest.mark.parametrize(("model", "tokens"), [("a-model-of-ours", True), ("gpt-4o", False)])
def test_no_price_is_written_where_model_or_tokens_are_unknown(model: str, tokens: bool) -> None:
    assert read_options(logged(model, tokens=tokens), name="logged").price_in is None
