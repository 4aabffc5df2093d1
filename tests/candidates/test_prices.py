from __future__ import annotations

import re

import pytest

from modicum.candidates.llm_options import LLMOptions, read_options
from modicum.candidates.prices import Price, listed_models, price_for, price_of, read_prices
from modicum.candidates.terms import every_term, read_terms
from modicum.errors import CandidateError, DataError

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


HEAD = "model,tokens_in,tokens_out,cached,batch_in,batch_out,currency,source,read\n"
LINK = "https://models.example/prices"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (f"m,1,2,,,,USD,{LINK},lately", "line 2 was read 'lately': give the month"),
        (f"m,1,2,,,,USD,{LINK},2026-13", "give the month"),
        ("m,1,2,,,,USD,a friend,2026-11", "'a friend' as its source: give the link"),
        (f"m,one,2,,,,USD,{LINK},2026-11", "'one' as tokens_in"),
        (f"m,nan,2,,,,USD,{LINK},2026-11", "'nan' as tokens_in"),
        (f"m,-1,2,,,,USD,{LINK},2026-11", "'-1' as tokens_in"),
        (f"m,1,,,,,USD,{LINK},2026-11", "give tokens_in and tokens_out"),
        (f"m,1,2,,,,$,{LINK},2026-11", "give a currency such as USD"),
        (f"m,1,2,,,,USD,{LINK}", "has not 9 cells"),
        (f"m,1,2,,,,USD,{LINK},2026-11,more", "has not 9 cells"),
        (f"m,1,2,,,,USD,{LINK},2026-11\nm,1,2,,,,USD,{LINK},2026-11", "line 3 has 'm' as its"),
    ],
)
def test_a_row_that_is_no_dated_price_with_its_link_is_refused(row: str, message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        read_prices(HEAD + row)


def test_a_table_of_other_columns_is_refused() -> None:
    with pytest.raises(DataError, match="were wanted"):
        read_prices("model,price\nm,1")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("m.example,M,forbidden,no,https://m.example/t,quoted,2026-11", "restricted or allowed"),
        ("m.example,M,restricted,,https://m.example/t,quoted,2026-11", "has no says"),
        ("m.example,M,restricted,no,their page,quoted,2026-11", "give the link"),
    ],
)
def test_terms_without_words_link_or_month_are_refused(row: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_terms("host,provider,training,says,source,basis,read\n" + row)


def test_every_term_that_is_shipped_is_read() -> None:
    assert {row.host for row in every_term()} >= {"openai.com", "anthropic.com", "mistral.ai"}
