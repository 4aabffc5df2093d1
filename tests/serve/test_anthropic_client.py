"""The anthropic package, unchanged, against the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from anthropic import Anthropic, AsyncAnthropic, BadRequestError
from running import Running
from upstream import FakeProvider

MODEL = "claude-sonnet-4-6"
QUESTION = "Which type is this question? Where is the tallest mountain of Europe ?"
ASKED: Any = [{"role": "user", "content": QUESTION}]
SYSTEM = "You name the type of questions."


@pytest.fixture
def client(gateway: Running) -> Iterator[Anthropic]:
    with Anthropic(base_url=gateway.url, api_key="none", max_retries=0) as made:
        yield made


def test_a_task_answers_in_the_messages_api(client: Anthropic, provider: FakeProvider) -> None:
    for system in (SYSTEM, [{"type": "text", "text": SYSTEM}]):
        raw = client.messages.with_raw_response.create(
            model="question-type", max_tokens=9, system=system, messages=ASKED
        )
        assert raw.parse().content[0].text == "LOC"
        assert raw.headers["x-modicum-route"] == "tfidf-logistic"
    assert provider.seen == []


def test_a_task_streams_events(client: Anthropic) -> None:
    with client.messages.stream(
        model="question-type", max_tokens=9, system=SYSTEM, messages=ASKED
    ) as stream:
        assert "".join(stream.text_stream) == "LOC"
        assert stream.get_final_message().stop_reason == "end_turn"


def test_an_upstream_model_gets_the_body_untouched(
    client: Anthropic, provider: FakeProvider, gateway: Running
) -> None:
    tools: Any = [{"name": "weather", "input_schema": {"type": "object", "properties": {}}}]
    done = client.messages.create(model=MODEL, max_tokens=9, messages=ASKED, tools=tools)
    assert done.content[0].name == "weather"  # type: ignore[union-attr]
    assert provider.seen == [{"model": MODEL, "max_tokens": 9, "messages": ASKED, "tools": tools}]
    sent = {name.lower(): value for name, value in provider.headers[0].items()}
    assert sent["anthropic-version"].startswith("20")


def test_an_upstream_stream_passes_and_its_usage_is_read(
    client: Anthropic, provider: FakeProvider, gateway: Running
) -> None:
    with client.messages.stream(model=f"claude/{MODEL}", max_tokens=9, messages=ASKED) as stream:
        assert "".join(stream.text_stream) == "Hello"
    (row,) = gateway.wait_rows(1, f"SELECT * FROM requests WHERE asked = 'claude/{MODEL}'")
    assert (row["tokens_in"], row["tokens_out"], row["first_us"] > 0) == (7, 2, True)


def test_a_reference_of_another_api_is_asked_with_the_tasks_prompt(
    client: Anthropic, provider: FakeProvider
) -> None:
    provider.says = "DESC"
    tools: Any = [{"name": "weather", "input_schema": {"type": "object", "properties": {}}}]
    with pytest.raises(BadRequestError, match="does not speak this API"):
        client.messages.create(model="question-type", max_tokens=9, messages=ASKED, tools=tools)


def test_the_async_client_works(gateway: Running) -> None:
    async def ask() -> tuple[str, str]:
        async with AsyncAnthropic(base_url=gateway.url, api_key="none") as client:
            done = await client.messages.create(model=MODEL, max_tokens=9, messages=ASKED)
            async with client.messages.stream(
                model="question-type", max_tokens=9, system=SYSTEM, messages=ASKED
            ) as stream:
                text = "".join([part async for part in stream.text_stream])
            return done.content[0].text, text  # type: ignore[union-attr]

    assert asyncio.run(ask()) == ("Hello", "LOC")
