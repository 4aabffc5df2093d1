"""An upstream's own prices, times, headers, replicas and hedging, through a running gateway."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from running import Running
from upstream import FakeProvider

from modicum.errors import ServeError
from modicum.serve.settings import UpstreamSettings, parse_settings
from modicum.serve.upstream import Upstream


@pytest.fixture(scope="module")
def slow() -> Iterator[FakeProvider]:
    provider = FakeProvider()
    provider.start()
    provider.fault = "slow"
    yield provider
    provider.stop()


@pytest.fixture(scope="module")
def many(
    tmp_path_factory: pytest.TempPathFactory, _provider: FakeProvider, slow: FakeProvider
) -> Iterator[Running]:
    config = f"""auth = false
[upstreams.priced]
base_url = "{_provider.url}"
headers = {{ "X-Team" = "shop" }}
headers_env = {{ "x-secret" = "PATH" }}
retries = 0
[upstreams.priced.prices."tiny"]
input = 1000000.0
output = 500000.0
currency = "EUR"
[upstreams.first]
base_url = "{slow.url}"
first_byte_timeout_s = 0.2
retries = 0
fallbacks = ["priced/tiny"]
[upstreams.total]
base_url = "{_provider.url}"
total_timeout_s = 0.3
retries = 0
[upstreams.hedged]
base_url = ["{slow.url}", "{_provider.url}"]
hedge_after_s = 0.1
retries = 0
"""
    running = Running(tmp_path_factory.mktemp("many"), config).start()
    yield running
    running.stop()


def ask(running: Running, model: str, **more: Any) -> tuple[dict[str, str], str]:
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}], **more}
    url = f"{running.url}/v1/chat/completions"
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode())) as reply:
        return {k.lower(): v for k, v in reply.headers.items()}, reply.read().decode()


def test_a_price_of_ones_own_goes_before_the_list(many: Running, provider: FakeProvider) -> None:
    headers, _ = ask(many, "priced/tiny")  # 7 tokens in, 2 out
    assert headers["x-modicum-cost"] == "8;low=8;high=8;unit=EUR;basis=reported"
    assert ask(many, "priced/other")[0]["x-modicum-cost"].startswith("unknown;reason=")
    sent = {k.lower(): v for k, v in provider.headers[-1].items()}
    assert sent["x-team"] == "shop"
    assert sent["x-secret"]


def test_a_late_first_byte_goes_to_the_fallback(many: Running, provider: FakeProvider) -> None:
    assert ask(many, "first/any")[0]["x-modicum-route"] == "priced/tiny"


def test_a_whole_answer_has_its_time(many: Running, provider: FakeProvider) -> None:
    assert ask(many, "total/any", stream=True)[1].rstrip().endswith("[DONE]")
    provider.fault = "stall"
    _, told = ask(many, "total/any", stream=True)
    provider.fault = "slow"
    with pytest.raises(urllib.error.HTTPError, match="504"):
        ask(many, "total/any")
    assert "upstream_cut" in told


def test_a_hedged_request_takes_the_first_answer_and_cancels_the_other(
    many: Running, provider: FakeProvider, slow: FakeProvider
) -> None:
    before = slow.cancelled
    for _ in range(8):
        assert ask(many, "hedged/any")[0]["x-modicum-route"] == "hedged/any"
    rows = many.wait_rows(8, "SELECT * FROM requests WHERE route = 'hedged/any'")
    assert len(rows) == 8
    hedged = sum(row["attempts"] == 2 for row in rows)
    assert hedged >= 1
    assert slow.cancelled - before == hedged


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"headers": {"Authorization": "Bearer x"}},
            "use api_key_env, api_key_file or headers_env",
        ),
        ({"headers": {"content-length": "3"}}, "cannot set the header 'content-length'"),
        ({"headers": {"a b": "3"}}, "cannot set the header 'a b'"),
        ({"headers": {"a": "b\r\nc: d"}}, "holds what no header can"),
        ({"headers_env": {"a": "NOT_SET"}}, "takes 'a' from NOT_SET, which is not set"),
    ],
)
def test_headers_that_cannot_be_sent_are_refused(given: dict[str, Any], said: str) -> None:
    settings = UpstreamSettings(base_url="http://127.0.0.1:1/v1", **given)
    with pytest.raises(ServeError, match=said):
        Upstream("big", settings, {})


@pytest.mark.parametrize(
    ("upstream", "said"),
    [
        ({}, r"upstreams.big: no address is given: set base_url"),
        ({"base_url": []}, r"upstreams.big: no address is given"),
        ({"base_url": "http://a/v1", "total_timeout_s": 0}, "upstreams.big.total_timeout_s"),
        ({"base_url": "http://a/v1", "prices": {"m": {"input": 1}}}, "prices.m.output"),
    ],
)
def test_a_bad_upstream_is_one_sentence(upstream: dict[str, Any], said: str) -> None:
    with pytest.raises(ServeError, match=said):
        parse_settings({"upstreams": {"big": upstream}}, "the settings")
