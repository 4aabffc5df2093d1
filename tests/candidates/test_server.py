"""The local server, with the real SmolLM2 behind it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import urllib3

from modicum.candidates.server import LocalServer, ServerSettings, diagnose
from modicum.candidates.server_models import smollm2_path
from modicum.errors import CandidateError


@pytest.fixture(scope="module")
def gguf() -> Path:
    pytest.importorskip("xllamacpp", reason="xllamacpp is not installed")
    try:
        return smollm2_path()
    except CandidateError as error:
        pytest.skip(str(error))


@pytest.fixture
def server(gguf: Path) -> Iterator[LocalServer]:
    with LocalServer(ServerSettings(gguf, threads=1, context=256, parallel=1)) as running:
        yield running


def gone(pid: int, within_s: float = 10.0) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def status(url: str, **headers: str) -> int:
    with urllib3.PoolManager() as pool:
        return pool.request("GET", url, headers=headers, retries=False).status


@pytest.mark.llm
def test_a_server_answers_to_its_key_only_and_stops_twice(server: LocalServer) -> None:
    assert server.base_url.startswith("http://127.0.0.1:")
    assert status(f"{server.base_url}/models") == 401
    assert status(f"{server.base_url}/models", Authorization=f"Bearer {server.key}") == 200
    pid = server.pid
    assert pid is not None
    server.stop()
    server.stop()
    assert server.pid is None
    assert gone(pid)


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """A failing test must not wait for what it started."""
    try:
        yield
    finally:
        process.kill()


@pytest.mark.llm
def test_a_started_server_is_not_started_again(server: LocalServer) -> None:
    pid = server.pid
    assert server.start().pid == pid


@pytest.mark.llm
def test_the_server_dies_with_a_killed_parent(gguf: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path;"
        "from modicum.candidates.server import LocalServer, ServerSettings;"
        "s = LocalServer(ServerSettings(Path(sys.argv[1]), threads=1, context=128, parallel=1));"
        "print(s.start().pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(gguf)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    assert gone(pid)


@pytest.mark.llm
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_its_address_and_stops_by_signal(
    gguf: Path, number: signal.Signals
) -> None:
    command = [sys.executable, "-m", "modicum.candidates.server", "--gguf", str(gguf)]
    running = subprocess.Popen(
        [*command, "--threads", "1", "--context", "128", "--parallel", "1"],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with running, ended(running):
        assert running.stdout is not None
        url = running.stdout.readline().decode().strip()
        assert status(f"{url}/models") == 200
        children = [child.pid for child in psutil.Process(running.pid).children()]
        running.send_signal(number)
        assert running.wait(60) == 0
    assert len(children) == 1
    assert gone(children[0])


@pytest.mark.llm
def test_a_taken_port_is_one_sentence(gguf: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CandidateError, match=f"port {port} is taken: choose another"):
            LocalServer(ServerSettings(gguf, port=port)).start()


@pytest.mark.llm
def test_a_model_cut_short_is_one_sentence(gguf: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    with gguf.open("rb") as whole:
        cut.write_bytes(whole.read(3_000_000))
    with pytest.raises(CandidateError, match="cannot be loaded, it may be cut short"):
        LocalServer(ServerSettings(cut)).start()


def test_a_missing_or_foreign_model_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(CandidateError, match=r"No such file or directory.*correct gguf"):
        LocalServer(ServerSettings(tmp_path / "none.gguf")).start()
    foreign = tmp_path / "foreign.gguf"
    foreign.write_bytes(b"PK\x03\x04 a zip")
    with pytest.raises(CandidateError, match="is not a GGUF model"):
        LocalServer(ServerSettings(foreign)).start()


def test_the_command_says_a_missing_model_in_one_line_and_ends_with_2(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "modicum.candidates.server", "--gguf", str(tmp_path / "none.gguf")],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.decode().count("\n") == 1
    assert b"correct gguf" in ended.stderr


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        ("ggml: failed to allocate buffer", "does not fit into memory"),
        ("couldn't bind HTTP server socket", "port 80 is taken"),
        ("error loading model", "cannot be loaded"),
    ],
)
def test_the_log_of_a_failed_start_becomes_a_sentence(said: str, cure: str) -> None:
    assert cure in diagnose(said, ServerSettings(Path("big.gguf"), port=80))
