"""LangChain and curl, unchanged, against the gateway."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from typing import Any

import httpx
import pytest
from pydantic import BaseModel, SecretStr
from running import Running
from upstream import FakeProvider, collected

PROMPT = [
    ("system", "You name the type of questions."),
    ("human", "Which type is this question? Where is the tallest mountain of Europe ?"),
]


class Label(BaseModel):
    """The type of a question."""

    label: str


@pytest.mark.filterwarnings("default")  # the package's own deprecations
def test_langchain_asks_streams_and_parses(gateway: Running, provider: FakeProvider) -> None:
    chat = pytest.importorskip("langchain_openai").ChatOpenAI

    def model(name: str, **more: Any) -> Any:
        return chat(model=name, base_url=f"{gateway.url}/v1", api_key=SecretStr("none"), **more)

    async def streamed() -> list[Any]:
        async with httpx.AsyncClient() as client:  # LangChain's own is never closed
            return await collected(model("question-type", http_async_client=client).astream(PROMPT))

    assert model("question-type").invoke(PROMPT).content == "LOC"
    assert "".join(part.content for part in model("gpt-4o").stream(PROMPT)) == "Hello"
    parser = model("question-type").with_structured_output(Label, method="json_schema")
    assert parser.invoke(PROMPT) == Label(label="LOC")
    assert "".join(part.content for part in asyncio.run(streamed())) == "LOC"


def test_curl_asks_a_task_for_one_answer_or_a_batch(gateway: Running) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("needs curl")

    def ask(body: dict[str, Any]) -> Any:
        url = f"{gateway.url}/tasks/question-type"
        command = [curl, "-sS", "--fail", url, "--json", json.dumps(body)]
        return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)

    one = ask({"input": "Who wrote Hamlet ?"})
    assert (one["answer"], one["route"]) == ("HUM", "tfidf-logistic")
    assert one["energy_j"]["basis"] == "modelled"
    many = ask({"input": ["Who wrote Hamlet ?", "Where is Oslo ?"]})
    assert [each["answer"] for each in many["answers"]] == ["HUM", "LOC"]
