from __future__ import annotations

import pytest

from modicum.candidates.llm_options import LLMOptions, read_options
from modicum.candidates.prices import Price, listed_models, price_for, price_of
from modicum.errors import CandidateError

HOSTED = LLMOptions(base_url="https://api.openai.com/v1", model="gpt-4o-mini")


@pytest.mark.parametrize("name", ["gpt-4o-mini", "openai/GPT-4o-mini", "gpt-4o-mini-2024-07-18"])
def test_a_model_is_found_by_its_name_with_provider_or_date(name: str) -> None:
    price = price_of(name)
    assert price is not None
    assert (price.tokens_in, price.tokens_out, price.cached) == (0.15, 0.6, 0.075)


@pytest.mark.parametrize("name", ["gpt-4o-mini-audio", "gpt-4o-minimal", "", "gpt-4o-mini-2024"])
def test_a_name_that_only_begins_alike_is_not_priced(name: str) -> None:
    assert price_of(name) is None


def test_every_row_is_dated_sourced_and_in_a_sane_order() -> None:
    for name in listed_models():
        price = price_of(name)
        assert price is not None
        assert price.read == "2026-11"
        assert price.source.startswith("https://")
        assert 0 < price.tokens_in < price.tokens_out
        assert price.cached is None or price.cached < price.tokens_in
        assert price.batch_in is None or price.batch_in < price.tokens_in


def test_cached_input_is_charged_at_its_own_price_or_in_full() -> None:
    assert Price(2.0, 8.0, cached=0.5).cost(1_000_000, 0, 400_000) == pytest.approx(1.4)
    assert Price(2.0, 8.0).cost(1_000_000, 1_000_000, 400_000) == pytest.approx(10.0)


def test_own_prices_come_before_the_table_and_a_local_model_has_none() -> None:
    own = HOSTED.model_copy(update={"price_in": 1.0, "price_out": 2.0, "currency": "EUR"})
    found = price_for(own, remote=True)
    assert found is not None
    assert (found.tokens_in, found.currency, found.read) == (1.0, "EUR", None)
    listed = price_for(HOSTED, remote=True)
    assert listed is not None
    assert listed.tokens_in == 0.15
    assert price_for(HOSTED, remote=False) is None


def test_each_column_of_a_listed_price_can_be_replaced_and_batch_has_its_own() -> None:
    own = {"price_cached": 0.01, "price_batch_in": 0.05, "price_batch_out": 0.2}
    found = price_for(HOSTED.model_copy(update=own), remote=True)
    assert found is not None
    assert (found.tokens_in, found.tokens_out, found.cached) == (0.15, 0.6, 0.01)
    assert (found.batch_in, found.batch_out) == (0.05, 0.2)
    assert "the candidate's" in found.source
    slow = price_for(HOSTED.model_copy(update={**own, "batch": True}), remote=True)
    assert slow is not None
    assert slow.cost(1_000_000, 1_000_000, 500_000) == pytest.approx(0.25)


def test_a_batch_price_that_nobody_listed_stays_unknown() -> None:
    model = HOSTED.model_copy(update={"model": "deepseek-chat", "batch": True})
    assert price_for(model, remote=True) is None
    own = model.model_copy(update={"price_in": 1.0, "price_out": 2.0})
    assert price_for(own, remote=True) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"price_batch_in": 1.0}, "price_batch_in and price_batch_out together"),
        ({"price_cached": 1.0, "currency": "EUR"}, "listed prices are in USD"),
    ],
)
def test_half_a_price_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(CandidateError, match=message):
        read_options({"base_url": "https://a.example/v1", "model": "m", **options}, name="big")
