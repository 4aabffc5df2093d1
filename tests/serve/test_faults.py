"""Things that go wrong: nothing is lost, nothing is counted twice, nobody waits for ever."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from running import Running, config_of
from test_security import call, raw
from upstream import FakeProvider

MESSAGES = [{"role": "user", "content": "Where is it ?"}]


@pytest.fixture(scope="module")
def strict(
    tmp_path_factory: pytest.TempPathFactory, _provider: FakeProvider, decision: Path
) -> Iterator[Running]:
    """A gateway with short times and small bounds."""
    more = "header_timeout_s = 1.0\nbody_timeout_s = 1.0\nmax_body_mb = 1.0\n"
    config = config_of(_provider, decision, more)
    config = config.replace("retries = 0", "retries = 2\nbreaker_failures = 1000", 1)
    running = Running(tmp_path_factory.mktemp("strict"), config).start()
    yield running
    running.stop()


@pytest.fixture
def ask(strict: Running, provider: FakeProvider) -> Callable[..., tuple[int, bytes, Any]]:
    """Ask for a model of its own name; returns status, body and the ledger's row of it."""

    def asked(name: str, **more: Any) -> tuple[int, bytes, Any]:
        body = {"model": f"big/{name}", "messages": MESSAGES, **more}
        status, _, reply = call(f"{strict.url}/v1/chat/completions", body)
        rows = strict.wait_rows(1, f"SELECT * FROM requests WHERE asked = 'big/{name}'")
        assert len(rows) == 1
        return status, reply, rows[0]

    return asked


def test_an_upstream_that_dies_mid_stream_is_told_and_counted_once(
    ask: Callable[..., Any], provider: FakeProvider
) -> None:
    provider.fault = "cut"
    status, reply, row = ask("cut", stream=True)
    assert status == 200
    assert b'"Hel"' in reply
    assert json.loads(reply.split(b"data: ")[-1])["error"]["code"] == "upstream_cut"
    assert (row["status"], row["cause"], row["tokens_out"]) == (502, "upstream_cut", None)


def test_a_reset_is_retried_and_then_told(ask: Callable[..., Any], provider: FakeProvider) -> None:
    provider.fault = "reset"
    status, reply, row = ask("reset")
    assert status == 502
    assert json.loads(reply)["error"]["code"] == "upstream_error"
    assert len(provider.seen) == 3
    assert row["status"] == 502


def test_a_server_error_is_retried_and_the_last_one_passed_on(
    ask: Callable[..., Any], provider: FakeProvider
) -> None:
    provider.fault = "503"
    status, _, row = ask("down")
    assert (status, row["status"], row["attempts"]) == (503, 503, 3)


def test_a_storm_of_429_is_passed_on_and_not_made_worse(
    strict: Running, provider: FakeProvider
) -> None:
    provider.fault = "429"
    body = {"model": "big/storm", "messages": MESSAGES}
    for _ in range(20):
        status, headers, _ = call(f"{strict.url}/v1/chat/completions", body)
        assert (status, headers["retry-after"]) == (429, "30")
    assert len(provider.seen) == 20
    assert len(strict.wait_rows(20, "SELECT * FROM requests WHERE asked = 'big/storm'")) == 20


def test_garbage_among_the_events_passes_and_the_usage_is_still_read(
    ask: Callable[..., Any], provider: FakeProvider
) -> None:
    provider.fault = "garbage"
    status, reply, row = ask("garbage", stream=True)
    assert status == 200
    assert b"{not json \xff" in reply
    assert (row["tokens_in"], row["tokens_out"], row["status"]) == (7, 2, 200)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{" + b" " * (50 << 20) + b"}", 413),
        (b'{"model":"big/x","messages":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
        (b'{"model":"question-type","messages":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
        (b'{"model":"question-type","messages":[{"role":"user","content":"\xff\xfe"}]}', 400),
        (b"", 400),
        (b"null", 400),
        (b'{"model":7}', 400),
        (b'{"model":"question-type","messages":{}}', 400),
    ],
)
def test_a_body_that_is_no_request_is_refused(strict: Running, body: bytes, status: int) -> None:
    try:
        found = call(f"{strict.url}/v1/chat/completions", body)[0]
    except OSError:
        assert status == 413  # the connection was closed before all of it was sent
        return
    assert found == status or (found == 200 and b"big/x" in body)


def test_slow_heads_and_slow_bodies_are_ended(strict: Running) -> None:
    assert raw(strict.port, b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n").startswith(
        b"HTTP/1.1 408"
    )
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{"
    assert raw(strict.port, head).startswith(b"HTTP/1.1 408")


def test_too_many_or_too_large_headers_are_refused(strict: Running) -> None:
    many = b"".join(b"x-%d: y\r\n" % i for i in range(300))
    assert raw(strict.port, b"GET /health HTTP/1.1\r\n" + many + b"\r\n").startswith(
        b"HTTP/1.1 400"
    )
    large = b"GET /health HTTP/1.1\r\nx-large: " + b"y" * 200_000
    assert raw(strict.port, large)[:12] in (b"HTTP/1.1 431", b"")  # or reset before it was read


@pytest.mark.parametrize(("fault", "stream"), [("slow", False), ("stall", True)])
def test_when_the_caller_leaves_the_upstream_is_cancelled(
    strict: Running, provider: FakeProvider, fault: str, stream: bool
) -> None:
    provider.fault = fault
    body = json.dumps({"model": f"big/{fault}", "messages": MESSAGES, "stream": stream}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", strict.port)) as sent:
        sent.sendall(head.encode() + body)
        for _ in range(200):
            if provider.seen:
                break
            time.sleep(0.02)
        time.sleep(0.3)
    (row,) = strict.wait_rows(1, f"SELECT * FROM requests WHERE asked = 'big/{fault}'")
    assert (row["status"], row["cause"]) == (499, "caller_gone")
    for _ in range(200):
        if provider.cancelled:
            break
        time.sleep(0.02)
    assert provider.cancelled == 1


class Crowd:
    """Callers that ask under names of their own until told to stop."""

    def __init__(self, running: Running, callers: int = 4) -> None:
        self.running, self.answered, self.failed = running, set[str](), set[str]()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(i,)) for i in range(callers)]
        for thread in self._threads:
            thread.start()

    def _ask(self, caller: int) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            name = f"big/{caller}-{number}"
            body = json.dumps({"model": name, "messages": MESSAGES}).encode()
            url = f"{self.running.url}/v1/chat/completions"
            try:
                with urllib.request.urlopen(urllib.request.Request(url, body), timeout=30) as got:
                    got.read()
                self.answered.add(name)
            except (OSError, http.client.HTTPException):
                self.failed.add(name)
                time.sleep(0.02)

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def test_a_killed_gateway_loses_no_answer_and_counts_none_twice(
    tmp_path: Path, provider: FakeProvider, decision: Path
) -> None:
    running = Running(tmp_path, config_of(provider, decision)).start()
    crowd = Crowd(running)
    time.sleep(1.0)
    running.stop(signal.SIGKILL)
    crowd.stop()
    before = {row["asked"] for row in running.rows()}
    running.start()
    try:
        found = [row["asked"] for row in running.wait_rows(len(crowd.answered))]
        assert len(crowd.answered) > 20
        assert crowd.answered <= set(found)
        assert len(found) == len(set(found))
        assert len(found) <= len(crowd.answered) + 4
        assert len(before) < len(found), "the kill came too late to try the journal"
    finally:
        running.stop()
    (total,) = running.rows("SELECT sum(requests) AS n FROM request_rollups")
    assert total["n"] == len(found)


def test_a_reload_and_a_stop_under_load_drop_no_request(
    tmp_path: Path, provider: FakeProvider, decision: Path
) -> None:
    running = Running(tmp_path, config_of(provider, decision)).start()
    crowd = Crowd(running)
    assert running.process is not None
    for _ in range(3):
        time.sleep(0.2)
        running.process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert crowd.failed == set()
    crowd.stop()
    status, _, body = call(f"{running.url}/admin/reload", b"{}")
    assert (status, json.loads(body)) == (200, {"reloaded": {"question-type": "reloaded"}})
    running.stop()
    assert {row["asked"] for row in running.rows()} == crowd.answered
    assert list((tmp_path / "state" / "journal").iterdir()) == []


def test_several_workers_share_a_port_and_a_ledger_and_one_that_dies_is_replaced(
    tmp_path: Path, provider: FakeProvider, decision: Path
) -> None:
    running = Running(tmp_path, config_of(provider, decision), "--workers", "2").start()
    crowd = Crowd(running)
    time.sleep(1.0)
    import psutil

    assert running.process is not None
    first, second = psutil.Process(running.process.pid).children()
    first.kill()
    time.sleep(2.5)
    crowd.stop()
    assert len(psutil.Process(running.process.pid).children()) == 2
    status, _, text = call(f"{running.url}/metrics")
    assert (status, b"modicum_requests_total" in text) == (200, True)
    running.stop()
    running.start()
    found = [row["asked"] for row in running.wait_rows(len(crowd.answered))]
    running.stop()
    assert crowd.answered <= set(found)
    assert len(found) == len(set(found))
    assert second.pid != first.pid
