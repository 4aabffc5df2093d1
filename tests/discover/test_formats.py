# ruff: noqa: E501  # records read best as they are logged
from __future__ import annotations

import json

import pytest

from modicum.discover.formats import requests_of
from modicum.discover.join import Joiner
from modicum.discover.vllm import request_of_text

ASKED = (("system", "Be brief."), ("user", "Hi"))
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
SAID = {"role": "assistant", "content": "Hello"}
USAGE = {"prompt_tokens": 9, "completion_tokens": 2}
PARTS = [
    {"role": m["role"], "parts": [{"type": "text", "content": m["content"]}]} for m in MESSAGES
]
OUT = [{"role": "assistant", "parts": [{"type": "text", "content": "Hello"}]}]

LINES = {
    "chat": {
        "model": "m", "messages": MESSAGES, "choices": [{"message": SAID}], "usage": USAGE,
        "created": 60,
    },
    "proxy": {
        "request": {"model": "m", "messages": MESSAGES},
        "response": {"choices": [{"message": SAID}], "usage": USAGE, "created": 60},
    },
    "responses": {
        "model": "m", "instructions": "Be brief.", "input": "Hi", "created_at": 60,
        "output": [
            {"type": "reasoning", "summary": [{"text": "hm"}]},
            {"type": "message", "content": [{"type": "output_text", "text": "Hello"}]},
        ],
        "usage": {"input_tokens": 9, "output_tokens": 2},
    },
    "batch": {
        "custom_id": "a", "body": {"model": "m", "messages": MESSAGES},
        "response": {"status_code": 200, "body": {"choices": [{"message": SAID}], "usage": USAGE,
                                                  "created": 60}},
    },
    "litellm": {
        "call_type": "completion", "model": "m", "messages": MESSAGES,
        "response": {"choices": [{"message": SAID}]}, "startTime": 60.0, **USAGE,
    },
    "span": {
        "name": "chat m", "startTimeUnixNano": str(1_700_000_000 * 10**9),
        "attributes": {
            "gen_ai.request.model": "m", "gen_ai.input.messages": json.dumps(PARTS),
            "gen_ai.output.messages": json.dumps(OUT),
            "gen_ai.usage.input_tokens": 9, "gen_ai.usage.output_tokens": 2,
        },
    },
    "span of OpenLLMetry": {
        "attributes": {
            "gen_ai.request.model": "m", "gen_ai.usage.prompt_tokens": 9,
            "gen_ai.usage.completion_tokens": 2, "gen_ai.completion.0.content": "Hello",
            "gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "Be brief.",
            "gen_ai.prompt.1.role": "user", "gen_ai.prompt.1.content": "Hi",
        },
    },
    "span with events": {
        "attributes": {
            "gen_ai.request.model": "m",
            "gen_ai.usage.input_tokens": 9, "gen_ai.usage.output_tokens": 2,
        },
        "events": [
            {"name": "gen_ai.system.message", "attributes": {"content": "Be brief."}},
            {"name": "gen_ai.user.message", "attributes": {"content": "Hi"}},
            {"name": "gen_ai.choice", "attributes": {"message": json.dumps(SAID)}},
        ],
    },
    "OTLP": {
        "resourceSpans": [{"scopeSpans": [{"spans": [
            {"name": "GET /", "attributes": [{"key": "http.method", "value": {"stringValue": "GET"}}]},
            {"attributes": [
                {"key": "gen_ai.request.model", "value": {"stringValue": "m"}},
                {"key": "gen_ai.system_instructions",
                 "value": {"stringValue": json.dumps([{"type": "text", "content": "Be brief."}])}},
                {"key": "gen_ai.input.messages", "value": {"stringValue": json.dumps(PARTS[1:])}},
                {"key": "gen_ai.output.messages", "value": {"stringValue": json.dumps(OUT)}},
                {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "9"}},
                {"key": "gen_ai.usage.output_tokens", "value": {"intValue": "2"}},
            ]},
        ]}]}],
    },
    "langfuse": {
        "type": "GENERATION", "startTime": "1970-01-01T00:01:00.000Z", "model": "m",
        "input": {"messages": MESSAGES}, "output": SAID, "usageDetails": {"input": 9, "output": 2},
    },
    "langfuse blob export": {
        "type": "GENERATION", "start_time": "1970-01-01 00:01:00.000000",
        "provided_model_name": "m", "input": json.dumps(MESSAGES), "output": json.dumps(SAID),
        "usage_details": json.dumps({"input": 9, "output": 2}),
    },
    "fine-tuning file": {"model": "m", "messages": [*MESSAGES, SAID], "usage": USAGE},
}  # fmt: skip


@pytest.mark.parametrize("name", LINES)
def test_every_format_gives_prompt_answer_model_and_tokens(name: str) -> None:
    (found,) = requests_of(LINES[name])
    assert (found.messages, found.answer) == (ASKED, "Hello")
    assert (found.model, found.tokens_in, found.tokens_out) == ("m", 9, 2)


@pytest.mark.parametrize("name", ["chat", "proxy", "responses", "batch", "litellm", "langfuse"])
def test_every_format_gives_its_time(name: str) -> None:
    assert requests_of(LINES[name])[0].time == 60.0


def test_a_json_answer_stays_the_text_it_was() -> None:
    line = {"messages": MESSAGES, "response": '{"label": "a"}'}
    assert requests_of(line)[0].answer == '{"label": "a"}'


def test_a_tool_call_answers_with_its_arguments() -> None:
    said = {"role": "assistant", "content": None,
            "tool_calls": [{"function": {"name": "f", "arguments": '{"city": "Oslo"}'}}]}  # fmt: skip
    line = {"messages": MESSAGES, "choices": [{"message": said}]}
    assert requests_of(line)[0].answer == '{"city": "Oslo"}'


def test_failed_requests_say_so() -> None:
    batch = {"custom_id": "a", "body": {"messages": MESSAGES}, "response": {"status_code": 500}}
    assert requests_of(batch)[0].failed
    assert requests_of({"messages": MESSAGES, "status": "failure"})[0].failed


@pytest.mark.parametrize(
    "line",
    [None, 3, [], {}, {"messages": 3}, {"messages": [None, 1]}, {"type": "SPAN", "input": "x"},
     {"resourceSpans": [None]}, {"attributes": [{"key": 1}]}, {"input": {"a": {}}, "type": "event"}],
)  # fmt: skip
def test_lines_of_another_kind_give_nothing_and_break_nothing(line: object) -> None:
    assert not requests_of(line)


def events(*spoken: tuple[str, dict[str, object]]) -> dict[str, object]:
    """OpenTelemetry log records of one span, as opentelemetry-instrumentation-openai-v2 writes them."""
    records = [
        {"spanId": "ab", "eventName": name, "body": {"kvlistValue": {"values": [
            {"key": key, "value": {"stringValue": value} if isinstance(value, str) else value}
            for key, value in body.items()]}}}
        for name, body in spoken
    ]  # fmt: skip
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}


SPAN = {"resourceSpans": [{"scopeSpans": [{"spans": [{"spanId": "ab", "attributes": [
    {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
    {"key": "gen_ai.request.model", "value": {"stringValue": "m"}},
    {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "9"}},
]}]}]}]}  # fmt: skip
SPOKEN = events(
    ("gen_ai.system.message", {"content": "Be brief."}),
    ("gen_ai.user.message", {"content": "Hi"}),
    ("gen_ai.choice", {"message": {"kvlistValue": {"values": [
        {"key": "content", "value": {"stringValue": "Hello"}}]}}}),
)  # fmt: skip
FIRST = events(("gen_ai.system.message", {"content": "Be brief."}))


@pytest.mark.parametrize("lines", [[SPAN, SPOKEN], [SPOKEN, SPAN], [FIRST, SPAN]])
def test_a_span_and_its_logged_messages_find_each_other(lines: list[dict[str, object]]) -> None:
    joiner = Joiner()
    pieces = [piece for line in lines for piece in requests_of(line)]
    found = [r for piece in pieces for r in joiner.add(piece)] + list(joiner.rest())
    assert len(found) == 1
    assert (found[0].model, found[0].tokens_in) == ("m", 9)
    assert found[0].messages[0] == ASKED[0]
    assert (found[0].answer == "Hello") == (SPOKEN in lines)


def test_an_agent_that_repeats_its_generations_is_not_counted_again() -> None:
    agent = {"attributes": {"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "m",
                            "gen_ai.input.messages": json.dumps(PARTS)}}  # fmt: skip
    assert not requests_of(agent)
    assert not requests_of({"type": "AGENT", "input": MESSAGES, "output": SAID})


def test_anthropics_batch_is_joined_and_its_cached_tokens_are_input() -> None:
    asked = {"custom_id": "a", "params": {"model": "m", "system": "Be brief.",
                                          "messages": MESSAGES[1:]}}  # fmt: skip
    usage = {"input_tokens": 5, "cache_read_input_tokens": 4, "output_tokens": 2}
    message = {"type": "message", "content": [{"type": "text", "text": "Hello"}], "usage": usage}
    answered = {"custom_id": "a", "result": {"type": "succeeded", "message": message}}
    joiner = Joiner()
    (found,) = [r for line in (asked, answered) for p in requests_of(line) for r in joiner.add(p)]
    assert (found.messages, found.answer) == (ASKED, "Hello")
    assert (found.tokens_in, found.tokens_cached) == (9, 4)


def test_vllms_own_log_gives_prompt_and_answer() -> None:
    prompt = "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
    asked = request_of_text(
        f"INFO Received request x: prompt: {prompt!r}, params: P(n=1), "
        "prompt_token_ids: [1, 2, 3], lora_request: None.".encode()
    )
    said = request_of_text(b"Generated response x: output: 'Hello', output_token_ids: [1, 2]")
    assert asked is not None
    assert said is not None
    assert (asked.messages, asked.tokens_in, asked.custom_id) == (ASKED, 3, said.custom_id)
    assert (said.answer, said.tokens_out) == ("Hello", 2)
    assert request_of_text(b"INFO Generated nothing") is None


def test_pages_and_exports_hold_requests() -> None:
    one = {"request_body": json.dumps({"model": "m", "messages": MESSAGES}), "costUSD": "0.5",
           "response_body": json.dumps({"choices": [{"message": SAID}]})}  # fmt: skip
    for line in (one, {"data": [one]}, [one]):
        (found,) = requests_of(line)
        assert (found.messages, found.answer, found.cost) == (ASKED, "Hello", 0.5)
