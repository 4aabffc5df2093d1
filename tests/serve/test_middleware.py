"""The gateway and the audit as ASGI middleware of a real application, and in a plain program."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from upstream import FakeProvider

from modicum.decision.document import read_decision
from modicum.ledger import open_ledger
from modicum.serve.gateway import open_gateway
from modicum.serve.in_process import Tasks
from modicum.serve.middleware import GatewayMiddleware
from modicum.serve.settings import parse_settings
from modicum.watch import Alarm, Auditor
from modicum.watch.middleware import AuditMiddleware

pytestmark = [pytest.mark.assets, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
DOCS = Path(__file__).parents[2] / "docs" / "gateway.md"
QUESTION = {"model": "question-type", "messages": [{"role": "user", "content": "Who was Nero ?"}]}


@pytest.fixture
def events() -> list[str]:
    return []


@pytest.fixture
def client(
    tmp_path: Path, sized: Path, provider: FakeProvider, events: list[str]
) -> Iterator[TestClient]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        events.append("begun")
        yield
        events.append("ended")

    async def hello(request: Request) -> JSONResponse:
        return JSONResponse({"path": request.url.path})

    inner = Starlette(routes=[Route("/hello", hello)], lifespan=lifespan)
    plain = {
        "server": {"auth": False, "state": str(tmp_path / "state")},
        "upstreams": {"big": {"base_url": provider.url, "retries": 0}},
        "tasks": {"question-type": {"decision": str(sized), "reference": "big/gpt-4o"}},
    }
    ledger = open_ledger(str(tmp_path / "middle.sqlite"))
    gateway = open_gateway(parse_settings(plain, "the test"), ledger)
    with TestClient(GatewayMiddleware(inner, gateway, prefix="/ai")) as found:
        yield found


def test_the_gateway_lives_beside_an_application_and_stops_with_it(
    client: TestClient, events: list[str], tmp_path: Path
) -> None:
    assert client.get("/hello").json() == {"path": "/hello"}
    assert client.get("/airport").status_code == 404  # the inner application's own
    page = {"origin": "https://shop.example"}  # the application's own page: its to let in or not
    small = client.post("/ai/v1/chat/completions", json=QUESTION, headers=page)
    assert small.headers["x-modicum-route"] == "tfidf-logistic"
    assert small.json()["choices"][0]["message"]["content"] == "HUM"
    big = client.post("/ai/v1/chat/completions", json=QUESTION | {"model": "big/gpt-4o"})
    assert big.json()["choices"][0]["message"]["content"] == "Hello"
    assert client.get("/ai/ready").json()["status"] == "ready"
    client.__exit__()
    assert events == ["begun", "ended"]
    book = open_ledger(str(tmp_path / "middle.sqlite"))
    with book.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT route FROM requests").fetchall()
    book.close()
    assert sorted(row[0] for row in rows) == ["big/gpt-4o", "tfidf-logistic"]
    client.__enter__ = lambda: client  # type: ignore[method-assign]


def test_the_audit_looks_at_a_real_applications_answers(sized: Path) -> None:
    import modicum

    alarms: list[Alarm] = []
    with modicum.load(sized) as decided:

        async def answer(request: Request) -> JSONResponse:
            (found,) = decided.answer([(await request.json())["input"]])
            return JSONResponse({"answer": found.value})

        def read(asked: bytes, told: bytes) -> tuple[str, str | None]:
            import json

            return json.loads(asked)["input"], json.loads(told)["answer"]

        auditor = Auditor(read_decision(sized), lambda _text: "no such class", rate=1.0)
        inner = Starlette(routes=[Route("/answer", answer, methods=["POST"])])
        app = AuditMiddleware(inner, auditor, "/answer", read, alarms.append)
        with TestClient(app) as client:
            for number in range(40):
                told = client.post("/answer", json={"input": f"Who was king {number} ?"})
                assert told.json()["answer"]
            while app._running:
                client.get("/other")
    assert auditor.watch.audits() == 40
    assert [alarm.stream for alarm in alarms] == ["all"]


def test_the_documented_program_runs(
    sized: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = re.search(r"```python\n(# In a program.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    assert block is not None
    (tmp_path / "modicum-runs").mkdir()
    (tmp_path / "modicum-runs" / "question-type").symlink_to(sized)
    monkeypatch.chdir(tmp_path)
    asked: list[str] = []

    def ask_the_big_model(text: str) -> str:
        asked.append(text)
        return "HUM"

    names: dict[str, Any] = {"ask_the_big_model": ask_the_big_model}
    exec(block[1], names)  # noqa: S102 (our own page)
    assert names["answer"] == "HUM"
    assert isinstance(names["tasks"], Tasks)
    assert asked == []
