"""LiteLLM, the real library: as a client of the gateway, with our provider, and with our router."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running import Running
from upstream import FakeProvider

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
litellm = pytest.importorskip(
    "litellm", reason="needs LiteLLM, in an environment of its own: make litellm"
)

from modicum.errors import ServeError  # noqa: E402
from modicum.serve.in_process import Tasks  # noqa: E402
from modicum.serve.litellm_provider import DecisionProvider  # noqa: E402
from modicum.serve.litellm_routing import DecisionRouting  # noqa: E402
from modicum.serve.settings import TaskSettings  # noqa: E402
from modicum.watch import Auditor  # noqa: E402

pytestmark = [pytest.mark.assets, pytest.mark.filterwarnings("ignore")]  # LiteLLM's own

QUESTION = [{"role": "user", "content": "Which type? Where is Oslo?"}]
OTHER = [{"role": "user", "content": "Write a poem."}]
SCHEMA = {
    "type": "json_schema",
    "json_schema": {
        "name": "label",
        "schema": {"type": "object", "properties": {"label": {"type": "string"}}},
    },
}


@pytest.fixture
def tasks(sized: Path, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tasks]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
    monkeypatch.setenv("OPENAI_API_BASE", provider.url)
    given = TaskSettings(decision=sized, user="Which type? {input}")
    found = Tasks.load({"question-type": given}, "openai/gpt-4o")
    DecisionProvider(found).register()
    yield found
    litellm.custom_provider_map = []
    litellm.callbacks = []
    found.close()


def text_of(chunks: list[Any]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks)


def test_litellm_is_an_unchanged_client_of_the_gateway(gateway: Running) -> None:
    to = {"model": "openai/question-type", "api_base": f"{gateway.url}/v1", "api_key": "none"}
    turns = [
        {"role": "system", "content": "You name the type of questions."},
        {"role": "user", "content": "Which type is this question? Where is Oslo?"},
    ]
    assert litellm.completion(messages=turns, **to).choices[0].message.content == "LOC"
    assert text_of(list(litellm.completion(messages=turns, stream=True, **to))) == "LOC"

    async def awaited() -> Any:
        return await litellm.acompletion(messages=OTHER, **to | {"model": "openai/big/gpt-4o"})

    assert asyncio.run(awaited()).choices[0].message.content == "Hello"


def test_a_decision_answers_as_a_provider_of_litellm(tasks: Tasks, provider: FakeProvider) -> None:
    found = litellm.completion(model="modicum/question-type", messages=QUESTION)
    assert found.choices[0].message.content == "LOC"
    assert found.usage.total_tokens == 0
    headers = found._hidden_params["additional_headers"]
    assert headers["llm_provider-x-modicum-route"] == "tfidf-logistic"
    assert "basis=modelled" in headers["llm_provider-x-modicum-energy-j"]
    stream = litellm.completion(model="modicum/question-type", messages=QUESTION, stream=True)
    assert text_of(list(stream)) == "LOC"
    shaped = litellm.completion(
        model="modicum/question-type", messages=QUESTION, response_format=SCHEMA
    )
    assert shaped.choices[0].message.content == '{"label":"LOC"}'
    assert provider.seen == []


def test_what_a_decision_does_not_answer_goes_to_its_reference(
    tasks: Tasks, provider: FakeProvider
) -> None:
    found = litellm.completion(model="modicum/question-type", messages=OTHER, max_tokens=5)
    assert found.choices[0].message.content == "Hello"
    assert provider.seen[-1]["model"] == "gpt-4o"
    assert provider.seen[-1]["max_tokens"] == 5

    async def streamed() -> str:
        stream = await litellm.acompletion(
            model="modicum/question-type", messages=OTHER, stream=True
        )
        return text_of([chunk async for chunk in stream])

    assert asyncio.run(streamed()) == "Hello"
    with pytest.raises(
        litellm.NotFoundError, match="no task 'spam' here: use one of question-type"
    ):
        litellm.completion(model="modicum/spam", messages=QUESTION)


def test_the_router_plugin_sends_to_the_small_deployment_when_the_decision_says_so(
    tasks: Tasks, provider: FakeProvider
) -> None:
    with pytest.raises(ServeError, match="no task 'spam' here"):
        DecisionRouting(tasks, {"types": "spam"})
    litellm.callbacks = [DecisionRouting(tasks, {"types": "question-type"})]
    strong = [{"model": f"openai/gpt-4o{more}"} for more in ("", "-mini")]
    router = litellm.Router(
        model_list=[
            {"model_name": "types", "litellm_params": params}
            for params in ({"model": "modicum/question-type"}, *strong)
        ],
        num_retries=0,
    )

    async def ask(messages: Any, **more: Any) -> str:
        found = await router.acompletion("types", messages, **more)
        return str(found.choices[0].message.content)

    async def all_of_them() -> list[str]:
        small = [await ask(QUESTION) for _ in range(6)]
        return [*small, *[await ask(OTHER) for _ in range(6)], await ask(QUESTION, n=2)]

    assert asyncio.run(all_of_them()) == ["LOC"] * 6 + ["Hello"] * 7
    assert len(provider.seen) == 7
    assert {body["model"] for body in provider.seen} <= {"gpt-4o", "gpt-4o-mini"}


def test_an_alarm_of_the_audits_sends_everything_to_the_reference(
    tasks: Tasks, provider: FakeProvider, human: list[str]
) -> None:
    provider.says = "NUM"  # wrong for every question about people

    def reference(text: str) -> str:
        messages = [{"role": "user", "content": f"Which type? {text}"}]
        found = litellm.completion(model="openai/gpt-4o", messages=messages)
        return str(found.choices[0].message.content)

    auditor = Auditor(tasks.tasks["question-type"].decision, reference, rate=1.0)
    tasks.watch("question-type", auditor)
    asked = 0
    for text in human * 3:
        messages = [{"role": "user", "content": f"Which type? {text}"}]
        found = litellm.completion(model="modicum/question-type", messages=messages)
        asked += 1
        if found.choices[0].message.content == "NUM" and tasks.alarmed("question-type"):
            break
    assert tasks.alarmed("question-type")
    assert asked < 3 * len(human)


def test_other_providers_are_an_upstream_through_a_bridge(
    tmp_path: Path, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "sk-behind-the-bridge")
    monkeypatch.setenv("LITELLM_LOG", "ERROR")
    config = f"""auth = false
header_timeout_s = 1.0  # a whole head came: how long the answer takes is no matter of it
[upstreams.other]
kind = "litellm"
base_url = "{provider.url}"
api_key_env = "SECRET_KEY"
retries = 0
"""
    running = Running(tmp_path / "bridged", config).start()
    to = {"api_base": f"{running.url}/v1", "api_key": "none", "num_retries": 0, "max_retries": 0}
    try:
        model = "openai/other/hosted_vllm/llama"  # LiteLLM's own name is hosted_vllm/llama
        found = litellm.completion(model=model, messages=OTHER, **to)
        assert found.choices[0].message.content == "Hello"
        assert provider.seen[-1]["model"] == "llama"
        assert provider.headers[-1]["Authorization"] == "Bearer sk-behind-the-bridge"
        chunks = list(litellm.completion(model=model, messages=OTHER, stream=True, **to))
        assert text_of(chunks) == "Hello"
        provider.fault = "429"
        with pytest.raises(litellm.RateLimitError):
            litellm.completion(model=model, messages=OTHER, **to)
    finally:
        provider.fault = ""
        running.stop()
    rows = running.rows("SELECT * FROM requests WHERE status = 200")
    assert {row["route"] for row in rows} == {"other/hosted_vllm/llama"}
    assert [row["tokens_in"] for row in rows] == [7, 7]
    assert "sk-behind" not in running.log.read_text(encoding="utf-8")
