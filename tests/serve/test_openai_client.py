"""The openai package, unchanged, against the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from enum import Enum

import pytest
from openai import AsyncOpenAI, OpenAI, UnprocessableEntityError
from pydantic import BaseModel
from running import Running
from upstream import FakeProvider, collected

QUESTION = "Where is the tallest mountain of Europe ?"
TASK = "question-type"
ASKED = [{"role": "user", "content": QUESTION}]
PROMPT = [
    {"role": "system", "content": "You name the type of questions."},
    {"role": "user", "content": f"Which type is this question? {QUESTION}"},
]


class Kind(Enum):
    PLACE = "LOC"
    PERSON = "HUM"
    NUMBER = "NUM"
    THING = "ENTY"
    WHY = "DESC"


class Labelled(BaseModel):
    label: Kind


class Place(BaseModel):
    city: str


@pytest.fixture
def client(gateway: Running) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{gateway.url}/v1", api_key="none", max_retries=0) as made:
        yield made


def test_a_task_is_answered_here_with_its_footprint(client: OpenAI, provider: FakeProvider) -> None:
    raw = client.chat.completions.with_raw_response.create(model=TASK, messages=PROMPT)
    assert raw.parse().choices[0].message.content == "LOC"
    assert raw.headers["x-modicum-route"] == "tfidf-logistic"
    value, *more = raw.headers["x-modicum-energy-j"].split(";")
    assert float(value) > 0
    assert [part.partition("=")[0] for part in more] == ["low", "high", "basis"]
    assert provider.seen == []


def test_a_task_streams(client: OpenAI) -> None:
    stream = client.chat.completions.create(model=TASK, messages=PROMPT, stream=True)
    assert "".join(c.choices[0].delta.content or "" for c in stream) == "LOC"


def test_a_stream_tells_its_usage_where_it_was_asked_to(client: OpenAI) -> None:
    for model, tokens in ((TASK, 0), ("gpt-4o", 9)):
        stream = client.chat.completions.create(
            model=model, messages=PROMPT, stream=True, stream_options={"include_usage": True}
        )
        (usage,) = (chunk.usage for chunk in stream if chunk.usage)
        assert usage.total_tokens == tokens


def test_a_task_answers_in_the_wanted_schema(client: OpenAI) -> None:
    done = client.chat.completions.parse(model=TASK, messages=PROMPT, response_format=Labelled)
    assert done.choices[0].message.parsed == Labelled(label=Kind.PLACE)


def test_a_schema_with_no_place_for_the_answer_goes_to_the_reference(
    client: OpenAI, provider: FakeProvider
) -> None:
    done = client.chat.completions.parse(model=TASK, messages=PROMPT, response_format=Place)
    assert done.choices[0].message.parsed == Place(city="Oslo") or provider.seen == []


def test_an_upstream_model_gets_the_body_untouched(client: OpenAI, provider: FakeProvider) -> None:
    body = {"logit_bias": {"50256": -100}, "seed": 7, "odd": [1, {"deep": None}]}
    raw = client.chat.completions.with_raw_response.create(
        model="gpt-4o", messages=ASKED, extra_body=body
    )
    assert raw.parse().choices[0].message.content == "Hello"
    assert provider.seen == [{"model": "gpt-4o", "messages": ASKED, **body}]
    assert raw.headers["x-modicum-route"] == "big/gpt-4o"
    assert raw.headers["x-modicum-cost"] == (
        "3.75e-05;low=3.75e-05;high=3.75e-05;unit=USD;basis=reported"
    )


def test_an_upstream_stream_passes_and_hides_what_only_we_asked_for(
    client: OpenAI, provider: FakeProvider
) -> None:
    stream = client.chat.completions.create(model="gpt-4o", messages=ASKED, stream=True)
    chunks = list(stream)
    assert [c.choices[0].delta.content for c in chunks] == ["Hel", "lo", None]
    assert provider.seen[0]["stream_options"] == {"include_usage": True}


def test_tools_go_to_the_upstream_and_come_back(client: OpenAI, provider: FakeProvider) -> None:
    tools = [{"type": "function", "function": {"name": "weather", "parameters": {}}}]
    for model in ("gpt-4o", TASK):
        done = client.chat.completions.create(model=model, messages=PROMPT, tools=tools)
        calls = done.choices[0].message.tool_calls
        assert calls is not None
        assert calls[0].function.name == "weather"  # type: ignore[union-attr]
    assert [body["tools"] for body in provider.seen] == [tools, tools]


def test_auto_recognises_the_task_by_its_template(client: OpenAI, provider: FakeProvider) -> None:
    raw = client.chat.completions.with_raw_response.create(model="auto", messages=PROMPT)
    assert raw.headers["x-modicum-route"] == "tfidf-logistic"
    assert provider.seen == []


def test_auto_hands_anything_else_to_the_strong_model(
    client: OpenAI, provider: FakeProvider
) -> None:
    raw = client.chat.completions.with_raw_response.create(model="auto", messages=ASKED)
    assert raw.headers["x-modicum-route"] == "big/gpt-4o"
    assert provider.seen[0]["model"] == "gpt-4o"


def test_the_usage_extension_comes_when_asked_for(client: OpenAI) -> None:
    asking = {"x-modicum-usage": "1"}
    for model, route in ((TASK, "tfidf-logistic"), ("gpt-4o", None)):
        done = client.chat.completions.create(model=model, messages=PROMPT, extra_headers=asking)
        assert done.usage is not None
        told = done.usage.model_extra["modicum"]  # type: ignore[index]
        assert told["energy_j"]["low"] < told["energy_j"]["value"] < told["energy_j"]["high"]
        assert told.get("route") == route


def test_the_responses_api_answers_a_task(client: OpenAI) -> None:
    done = client.responses.create(
        model=TASK, instructions=PROMPT[0]["content"], input=PROMPT[1]["content"]
    )
    assert done.output_text == "LOC"
    parsed = client.responses.parse(
        model=TASK,
        instructions=PROMPT[0]["content"],
        input=PROMPT[1]["content"],
        text_format=Labelled,
    )
    assert parsed.output_parsed == Labelled(label=Kind.PLACE)
    events = list(client.responses.create(model=TASK, input=PROMPT, stream=True))  # type: ignore[call-overload]
    assert events[-1].response.output_text == "LOC"


def test_embeddings_pass_through(client: OpenAI, provider: FakeProvider) -> None:
    done = client.embeddings.create(model="gpt-4o", input="a", encoding_format="float")
    assert done.data[0].embedding == [0.5, 0.25]


def test_the_models_are_listed(client: OpenAI) -> None:
    assert {m.id for m in client.models.list()} >= {TASK, "auto", "gpt-4o"}
    assert client.models.retrieve(TASK).owned_by == "modicum"


def test_an_error_has_the_shape_that_clients_know(client: OpenAI, provider: FakeProvider) -> None:
    provider.fault = "422"
    with pytest.raises(UnprocessableEntityError, match="no"):
        client.chat.completions.create(model="gpt-4o", messages=ASKED)


def test_the_async_client_works(gateway: Running) -> None:
    async def ask() -> tuple[str | None, list[str | None]]:
        async with AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key="none") as client:
            done = await client.chat.completions.create(model=TASK, messages=PROMPT)
            stream = await client.chat.completions.create(
                model="gpt-4o", messages=ASKED, stream=True
            )
            chunks = await collected(stream)
        return done.choices[0].message.content, [c.choices[0].delta.content for c in chunks]

    assert asyncio.run(ask()) == ("LOC", ["Hel", "lo", None])
