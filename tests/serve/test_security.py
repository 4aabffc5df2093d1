"""Who may call, and what a hostile caller gets."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running import Running, config_of
from upstream import FakeProvider

BODY = {"model": "gpt-4o", "messages": [{"role": "user", "content": "tell nobody: swordfish"}]}


def call(
    url: str, body: Any = None, key: str | None = None, *, method: str | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    given = {"content-type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    if key is not None:
        given["authorization"] = f"Bearer {key}"
    request = urllib.request.Request(url, data, given, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, dict(reply.headers), reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def raw(port: int, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sent:
        sent.sendall(data)
        found = b""
        with contextlib.suppress(ConnectionResetError):
            while part := sent.recv(65536):
                found += part
                if b"connection: close" not in found.lower() and b"\r\n\r\n" in found:
                    break
        return found


def keys(running: Running, *words: str) -> str:
    command = [sys.executable, "-m", "modicum", "keys", *words, "--ledger", running.ledger]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def locked(
    tmp_path_factory: pytest.TempPathFactory, _provider: FakeProvider, decision: Path
) -> Iterator[Running]:
    """A gateway that asks for keys, and sends its own to the upstream."""
    folder = tmp_path_factory.mktemp("locked")
    (folder / "secret").write_text("sk-upstream-secret\n", encoding="utf-8")
    config = config_of(_provider, decision).replace("auth = false\n", "", 1)
    config = config.replace("retries = 0", f'retries = 0\napi_key_file = "{folder / "secret"}"', 1)
    running = Running(folder, config).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def key(locked: Running) -> str:
    made = keys(locked, "create", "shop", "--team", "web", "--project", "mail")
    time.sleep(2.5)  # until the running gateway has read it
    return made


@pytest.mark.parametrize(
    "given", [None, "", "nonsense", "mk-abc", "mk-0000000000-" + "x" * 32, "mk-\xff-é", "x" * 9000]
)
def test_no_key_or_a_wrong_one_is_refused(
    locked: Running, provider: FakeProvider, given: str | None
) -> None:
    header = None if given is None else given.encode().decode("latin-1")
    status, _, body = call(f"{locked.url}/v1/chat/completions", BODY, header)
    assert (status, json.loads(body)["error"]["type"]) == (401, "authentication_error")
    assert provider.seen == []


@pytest.mark.parametrize(
    "path", ["/v1/models", "/v1/models/x", "/tasks/question-type", "/admin", "/v1/messages"]
)
def test_every_path_but_the_probes_asks_for_a_key(locked: Running, path: str) -> None:
    assert call(locked.url + path, {} if path in ("/v1/messages",) else None)[0] == 401
    assert call(f"{locked.url}/health")[0] == 200


def test_a_valid_key_is_let_in_labelled_and_never_passed_on(
    locked: Running, provider: FakeProvider, key: str
) -> None:
    assert call(f"{locked.url}/v1/chat/completions", BODY, key)[0] == 200
    assert call(f"{locked.url}/v1/models", None, None, x_api_key=key)[0] == 200
    sent = {n.lower(): v for n, v in provider.headers[0].items()}
    assert sent["authorization"] == "Bearer sk-upstream-secret"
    row = locked.wait_rows(1)[-1]
    assert (row["key_id"], row["team"], row["project"]) == (key.split("-")[1], "web", "mail")


def test_a_key_in_the_url_is_refused_even_with_a_right_header(locked: Running, key: str) -> None:
    for query in (f"?key={key}", f"?api_key={key}", f"?anything={key}", "?token=x"):
        status, _, body = call(f"{locked.url}/v1/chat/completions{query}", BODY, key)
        assert (status, json.loads(body)["error"]["code"]) == (400, "key_in_url")


def test_a_revoked_key_is_refused_soon(locked: Running) -> None:
    made = keys(locked, "create", "short")
    time.sleep(2.5)
    assert call(f"{locked.url}/v1/models", None, made)[0] == 200
    keys(locked, "revoke", made.split("-")[1])
    time.sleep(3)
    assert call(f"{locked.url}/v1/models", None, made)[0] == 401


def test_a_limit_refuses_with_the_time_to_wait(locked: Running, provider: FakeProvider) -> None:
    made = keys(locked, "create", "small", "--limit", "requests=3")
    time.sleep(2.5)
    url = f"{locked.url}/v1/chat/completions"
    found = [call(url, BODY, made) for _ in range(5)]
    assert [status for status, _, _ in found] == [200, 200, 200, 429, 429]
    assert int(found[-1][1]["retry-after"]) > 0
    assert json.loads(found[-1][2])["error"]["code"] == "limit_reached"


def test_over_a_limit_that_degrades_a_task_still_answers_small(
    locked: Running, provider: FakeProvider
) -> None:
    made = keys(locked, "create", "small", "--limit", "tokens=9", "--degrade")
    time.sleep(2.5)
    url = f"{locked.url}/v1/chat/completions"
    assert [call(url, BODY, made)[0] for _ in range(3)] == [200, 429, 429]
    status, headers, _ = call(f"{locked.url}/tasks/question-type", {"input": "Who won ?"}, made)
    assert (status, headers["x-modicum-route"]) == (200, "tfidf-logistic")


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e/secret",
        "question-type/../x",
        "\x00",
        "",
    ],
)
def test_a_task_name_is_never_a_path(gateway: Running, name: str) -> None:
    quoted = name.replace("\x00", "%00")
    status, _, body = call(f"{gateway.url}/tasks/{quoted}", {"input": "x"})
    assert status == 404
    assert b"root:" not in body


@pytest.mark.parametrize(
    "head",
    [
        b"content-length: 2\r\ntransfer-encoding: chunked\r\n",
        b"content-length: 2\r\ncontent-length: 44\r\n",
        b"transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
        b"transfer-encoding : chunked\r\n",
        b"content-length: +2\r\n",
        b"content-length: 0x2\r\n",
    ],
)
def test_a_smuggled_request_is_refused_and_the_connection_closed(
    gateway: Running, provider: FakeProvider, head: bytes
) -> None:
    inner = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"
    sent = b"POST /health HTTP/1.1\r\nhost: x\r\n" + head + b"\r\n0\r\n\r\n" + inner
    found = raw(gateway.port, sent)
    assert found.startswith(b"HTTP/1.1 400")
    assert found.count(b"HTTP/1.1") == 1
    assert provider.seen == []


def test_other_origins_get_nothing_by_default(gateway: Running) -> None:
    status, headers, _ = call(f"{gateway.url}/v1/models", None, None, origin="https://evil.test")
    assert status == 200
    assert not [name for name in headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    "origin", ["https://evil.test", "null", "http://127.0.0.1.evil.test", "x["]
)
def test_without_keys_a_page_of_another_site_spends_and_manages_nothing(
    gateway: Running, provider: FakeProvider, origin: str
) -> None:
    for path in ("/v1/chat/completions", "/tasks/question-type", "/admin/keys", "/v1/feedback"):
        status, _, body = call(gateway.url + path, BODY, origin=origin, content_type="text/plain")
        assert (status, json.loads(body)["error"]["code"]) == (403, "other_origin")
    assert provider.seen == []
    url = f"{gateway.url}/v1/chat/completions"
    assert call(url, BODY, origin="http://localhost:3000")[0] == 200


def test_a_callers_address_is_never_called(gateway: Running, provider: FakeProvider) -> None:
    with socket.socket() as trap:
        trap.bind(("127.0.0.1", 0))
        trap.listen(1)
        trap.settimeout(0.3)
        bad = f"http://127.0.0.1:{trap.getsockname()[1]}/v1"
        more = {"base_url": bad, "api_base": bad, "endpoint": bad}
        call(f"{gateway.url}/v1/chat/completions", BODY | more, None, x_base_url=bad, host="evil")
        call(f"{gateway.url}/v1/chat/completions", BODY | {"model": bad})
        raw(gateway.port, f"GET {bad}/models HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        with pytest.raises(TimeoutError):
            trap.accept()


def test_secrets_and_prompts_are_in_no_log_error_or_ledger(
    locked: Running, provider: FakeProvider, key: str
) -> None:
    provider.fault = "500"
    status, _, body = call(f"{locked.url}/v1/chat/completions", BODY, key)
    assert status == 500
    locked.stop()
    kept = body + locked.log.read_bytes()
    for path in locked.folder.rglob("*"):
        if path.is_file() and path.name not in ("secret", "gateway.toml"):
            kept += path.read_bytes()
    assert len(kept) > 10_000
    for secret in (b"swordfish", b"sk-upstream-secret", key.encode(), key.split("-")[2].encode()):
        assert secret not in kept
    locked.start()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_without_keys_only_loopback_is_served(decision: Path, host: str) -> None:
    command = [sys.executable, "-m", "modicum", "serve", str(decision), "--no-auth", "--host", host]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "loopback only" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_upstream_with_a_password_in_its_address_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "g.toml"
    config.write_text('[upstreams.x]\nbase_url = "https://u:sesame@h/v1"\n', encoding="utf-8")
    command = [sys.executable, "-m", "modicum", "serve", "--config", str(config), "--check"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "sesame" not in done.stdout + done.stderr
