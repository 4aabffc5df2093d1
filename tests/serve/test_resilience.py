"""Failing upstreams end to end: breaker, fallback, hostile answers; and a cascade's stages."""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running import Running
from test_security import call
from upstream import FakeProvider

from modicum.candidates import load_candidate
from modicum.candidates.cascade import Cascade
from modicum.candidates.decided import folder_digest
from modicum.candidates.deferral import Threshold

MESSAGES = [{"role": "user", "content": "hi"}]


@pytest.fixture(scope="module")
def weak() -> Iterator[FakeProvider]:
    provider = FakeProvider()
    provider.start()
    yield provider
    provider.stop()


class Hostile:
    """An upstream that answers each connection with the same bytes, whatever it is asked."""

    def __init__(self) -> None:
        self.says, self.connected = b"", 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                taken, _ = self._listening.accept()
            except OSError:
                return
            self.connected += 1
            with taken:
                taken.recv(65536)
                taken.sendall(self.says)
                time.sleep(0.1)

    def stop(self) -> None:
        self._listening.close()


@pytest.fixture(scope="module")
def hostile() -> Iterator[Hostile]:
    upstream = Hostile()
    yield upstream
    upstream.stop()


@pytest.fixture(scope="module")
def cascade(tmp_path_factory: pytest.TempPathFactory, decision: Path) -> Path:
    """The decision with its candidate as the first of two stages, kept where it is sure."""
    folder = tmp_path_factory.mktemp("cascade") / "run"
    shutil.copytree(decision, folder)
    place = folder / "recommended"
    stages = [load_candidate(place, name=name) for name in ("small", "large")]
    shutil.rmtree(place)
    place.mkdir()
    Cascade("tfidf-logistic", stages, [Threshold(0.8)]).save(place)
    document = json.loads((folder / "decision.json").read_text(encoding="utf-8"))
    document["fingerprints"]["recommended"] = folder_digest(place)
    (folder / "decision.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def failing(
    tmp_path_factory: pytest.TempPathFactory,
    _provider: FakeProvider,
    weak: FakeProvider,
    hostile: Hostile,
    cascade: Path,
) -> Iterator[Running]:
    config = f"""auth = false
[upstreams.weak]
base_url = "{weak.url}"
retries = 0
breaker_failures = 3
breaker_s = 1.0
fallbacks = ["strong/gpt-4o"]
[upstreams.alone]
base_url = "{weak.url}"
retries = 0
breaker_failures = 3
breaker_s = 1.0
[upstreams.hostile]
base_url = "http://127.0.0.1:{hostile.port}/v1"
retries = 0
breaker_failures = 1000
[upstreams.strong]
base_url = "{_provider.url}"
retries = 0
[tasks.question-type]
decision = "{cascade}"
"""
    running = Running(tmp_path_factory.mktemp("failing"), config).start()
    yield running
    running.stop()


def ask(running: Running, model: str, **more: Any) -> tuple[int, dict[str, str], bytes]:
    body = {"model": model, "messages": MESSAGES, **more}
    return call(f"{running.url}/v1/chat/completions", body)


def test_a_failing_upstream_is_answered_by_its_fallback_and_left_alone_after_a_while(
    failing: Running, provider: FakeProvider, weak: FakeProvider
) -> None:
    weak.fault = "503"
    for number in range(6):
        status, headers, _ = ask(failing, "weak/gpt-4", user=str(number))
        assert (status, headers["x-modicum-route"]) == (200, "strong/gpt-4o")
    assert len(weak.seen) == 3  # then its breaker opened
    assert [body["model"] for body in provider.seen] == ["gpt-4o"] * 6
    weak.fault = ""
    time.sleep(1.2)
    assert ask(failing, "weak/gpt-4")[1]["x-modicum-route"] == "weak/gpt-4"
    rows = failing.wait_rows(7, "SELECT * FROM requests WHERE asked = 'weak/gpt-4'")
    assert [row["route"] for row in rows] == ["strong/gpt-4o"] * 6 + ["weak/gpt-4"]
    assert {row["status"] for row in rows} == {200}


def test_without_a_fallback_an_open_breaker_is_told_at_once(
    failing: Running, weak: FakeProvider
) -> None:
    weak.fault, before = "500", len(weak.seen)
    found = [ask(failing, "alone/gpt-4") for _ in range(5)]
    weak.fault = ""
    assert [status for status, _, _ in found] == [500, 500, 500, 503, 503]
    assert found[-1][1]["retry-after"] == "5"
    assert json.loads(found[-1][2])["error"]["code"] == "upstream_unavailable"
    assert len(weak.seen) - before == 3
    rows = failing.wait_rows(5, "SELECT * FROM requests WHERE asked = 'alone/gpt-4'")
    assert sorted(row["status"] for row in rows) == [500, 500, 500, 503, 503]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nothing", b""),
        ("cut", b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{"),
        ("both", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}"),
        ("fold", b"HTTP/1.1 200 OK\r\nx-request-id: a\r\n b: c\r\ncontent-length: 2\r\n\r\n{}"),
        ("bomb", b"HTTP/1.1 200 OK\r\n" + b"x-ratelimit-a: b\r\n" * 5000),
        ("noise", b"\x00\x01\x02 no HTTP"),
    ],
)
def test_an_upstream_that_breaks_http_is_a_502_counted_once(
    failing: Running, hostile: Hostile, name: str, says: bytes
) -> None:
    hostile.says = says
    status, _, body = ask(failing, f"hostile/{name}")
    assert status == 502
    assert json.loads(body)["error"]["code"].startswith("upstream_")
    rows = failing.wait_rows(1, f"SELECT * FROM requests WHERE asked = 'hostile/{name}'")
    assert [row["status"] for row in rows] == [502]


def test_a_second_answer_from_an_upstream_reaches_no_other_caller(
    failing: Running, hostile: Hostile
) -> None:
    def whole(content: str) -> bytes:
        body = json.dumps({"choices": [{"message": {"content": content}}]}).encode()
        return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)

    hostile.says = whole("mine") + whole("evil")
    for _ in range(5):
        status, _, body = ask(failing, "hostile/second")
        assert (status, b"mine" in body, b"evil" in body) == (200, True, False)


@pytest.mark.parametrize("reply", [b"\xff\xfe", b'{"usage":' + b"[" * 5000, b'{"usage": "\xff"}'])
def test_an_answer_that_is_no_json_passes_with_unknown_tokens(
    failing: Running, hostile: Hostile, reply: bytes
) -> None:
    head = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
    hostile.says = head % len(reply) + reply
    status, headers, body = ask(failing, "hostile/gpt-4o")
    assert (status, body) == (200, reply)
    assert headers["x-modicum-energy-j"].startswith("unknown")


@pytest.mark.parametrize("more", [{}, {"stream": True}])
def test_a_body_with_bytes_that_are_no_text_is_refused_and_sent_to_nobody(
    failing: Running, provider: FakeProvider, more: dict[str, Any]
) -> None:
    body = json.dumps({"model": "strong/x", "messages": MESSAGES, "XX": 1, **more}).encode()
    sent = body.replace(b"XX", b"\xff\xfe")
    status, _, reply = call(f"{failing.url}/v1/chat/completions", sent)
    assert (status, json.loads(reply)["error"]["code"]) == (400, "invalid_json")
    assert provider.seen == []


def test_a_cascade_answers_stage_by_stage(failing: Running) -> None:
    routes: dict[str, str] = {}
    for question in ("How many people live in Oslo ?", "Who was it ?", "bank", "colour of where"):
        url = f"{failing.url}/tasks/question-type"
        status, headers, body = call(url, {"input": question})
        assert status == 200
        sure = json.loads(body)["confidence"] >= 0.8
        route = headers["x-modicum-route"]
        assert route == ("small" if sure else "large")
        assert headers.get("x-modicum-tried") is None
        routes[route] = question
    assert set(routes) == {"small", "large"}
    chat = {"model": "question-type", "messages": [{"role": "user", "content": routes["large"]}]}
    _, headers, _ = call(f"{failing.url}/v1/chat/completions", chat)
    assert (headers["x-modicum-route"], headers["x-modicum-tried"]) == ("large", "small")
    query = "SELECT route, tried FROM requests WHERE task = 'question-type'"
    rows = failing.wait_rows(5, query)
    assert {(row["route"], row["tried"]) for row in rows} == {("small", ""), ("large", "small")}
