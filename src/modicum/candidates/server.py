"""A language model served on loopback: llama.cpp in a child process, OpenAI-compatible.

    python -m modicum.candidates.server --gguf MODEL.gguf

starts one, prints its address and serves until it is told to stop.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from modicum.errors import CandidateError, MissingExtraError
from modicum.stopping import StopSignal

GGUF_MAGIC = b"GGUF"
KEY_VARIABLE = "MODICUM_SERVER_KEY"
START_S = 300.0  # a large model on a slow disk
STOP_S = 5.0
# Threads that wait for each other sleep instead of spinning: spinning burns energy for nothing, and
# on a busy machine it made two threads four times slower than sleeping did.
QUIET = {"OMP_WAIT_POLICY": "passive"}


@dataclass(frozen=True)
class ServerSettings:
    """What is served and how.

    port: 0 takes a free one.  threads: None is one a core.  context: tokens of one request.
    parallel: requests worked on at once, each with a context of its own.
    """

    gguf: Path
    port: int = 0
    threads: int | None = None
    context: int = 2048
    parallel: int = 4


class LocalServer:
    """A child process that serves one model on 127.0.0.1, under a key of its own.

    The child ends with this object, with this program, and with this program's death.
    """

    def __init__(self, settings: ServerSettings, *, key: str | None = None) -> None:
        self.settings = settings
        self.key = secrets.token_urlsafe(24) if key is None else key
        self.base_url = ""
        self._child: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def start(self) -> LocalServer:
        """Start and wait until the model is loaded; raises CandidateError in one sentence."""
        with self._lock:
            if self.pid is not None:
                return self
            check_model(self.settings.gguf)
            check_library()
            self._clear()  # of one that died
            self._spawn()
        try:
            self.base_url = self._await_ready(time.monotonic() + START_S)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the child: asked first, then made to; may be called twice and from any thread."""
        with self._lock:
            self._clear()

    def __enter__(self) -> LocalServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _clear(self) -> None:
        child, self._child = self._child, None
        log, self._log = self._log, None
        atexit.unregister(self.stop)
        if child is not None:
            _end(child)
        if log is not None:
            log.close()

    def _spawn(self) -> None:
        settings = self.settings
        command = [sys.executable, "-m", "modicum.candidates.server", "--child"]
        command += ["--gguf", str(settings.gguf), "--port", str(settings.port)]
        command += ["--context", str(settings.context), "--parallel", str(settings.parallel)]
        if settings.threads is not None:
            command += ["--threads", str(settings.threads)]
        ours = {KEY_VARIABLE: self.key, "PYTHONPATH": os.pathsep.join(sys.path)}
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the child
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.PIPE,  # its end tells the child that we are gone
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**QUIET, **os.environ, **ours},
            start_new_session=True,  # Ctrl-C is for us; we end the child
        )
        atexit.register(self.stop)

    def _await_ready(self, deadline: float) -> str:
        """The address the child prints once it serves."""
        child = self._child
        if child is None or child.stdout is None:
            raise CandidateError("the server was stopped while it started: start it again")
        lines: list[bytes] = []
        reader = threading.Thread(
            target=lambda out: lines.append(out.readline()), args=(child.stdout,), daemon=True
        )
        reader.start()
        reader.join(max(0.0, deadline - time.monotonic()))
        if reader.is_alive():
            raise CandidateError(
                f"{self.settings.gguf.name} was not loaded in {START_S:.0f} s: use a smaller model"
            )
        address = (lines[0] if lines else b"").decode(errors="replace").strip()
        if not address.startswith("http://127.0.0.1:"):
            raise CandidateError(self._why_not())
        return f"{address}/v1"

    def _why_not(self) -> str:
        """Why the child ended before it served, from what it wrote last."""
        said = b""
        if self._log is not None:
            with contextlib.suppress(OSError, ValueError):
                self._log.seek(0, os.SEEK_END)
                self._log.seek(max(0, self._log.tell() - 20_000))
                said = self._log.read()
        return diagnose(said.decode(errors="replace"), self.settings)


def _end(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    for ask in (child.terminate, child.kill):
        if child.poll() is not None:
            return
        ask()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(STOP_S)


def check_model(path: Path) -> None:
    """Raise CandidateError unless `path` looks like a GGUF model."""
    try:
        with path.open("rb") as file:
            magic = file.read(len(GGUF_MAGIC))
    except OSError as error:
        raise CandidateError(
            f"cannot read the model file {path} ({error.strerror}): correct gguf"
        ) from None
    if magic != GGUF_MAGIC:
        raise CandidateError(f"{path} is not a GGUF model: download it again or correct gguf")


def check_library() -> None:
    """Raise MissingExtraError unless llama.cpp's bindings are installed."""
    from importlib.util import find_spec

    if find_spec("xllamacpp") is None:
        raise MissingExtraError("local language models", "llm")


def diagnose(said: str, settings: ServerSettings) -> str:
    """One sentence on why a server did not start."""
    low = said.casefold()
    if "bind" in low or "address already in use" in low or "couldn't listen" in low:
        return f"port {settings.port} is taken: choose another, or 0 for a free one"
    if "failed to allocate" in low or "bad_alloc" in low or "out of memory" in low:
        return (
            f"{settings.gguf.name} does not fit into memory:"
            " use a smaller model, or a smaller context or parallel"
        )
    return (
        f"{settings.gguf} cannot be loaded, it may be cut short or too new for this xllamacpp:"
        " download it again, or update xllamacpp"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until stopped by a signal; prints the address once the model is loaded."""
    parser = argparse.ArgumentParser(
        prog="python -m modicum.candidates.server", description=__doc__
    )
    parser.add_argument("--gguf", type=Path, required=True, help="the model file")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument("--threads", type=int, help="default: one a core")
    parser.add_argument("--context", type=int, default=2048, help="tokens of one request")
    parser.add_argument("--parallel", type=int, default=4, help="requests at once")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(argv)
    settings = ServerSettings(given.gguf, given.port, given.threads, given.context, given.parallel)
    if given.child:
        from modicum.candidates.server_child import serve

        serve(settings, key=os.environ.pop(KEY_VARIABLE, ""))
        return 0
    return run_until_signal(settings)


def run_until_signal(settings: ServerSettings) -> int:
    """Start a server without a key, print its address, and stop it at SIGINT or SIGTERM."""
    stop = StopSignal()
    stop.listen()
    server = LocalServer(settings, key=os.environ.get(KEY_VARIABLE, ""))
    try:
        with server:
            print(server.base_url, flush=True)
            while not stop.wait(0.2):
                if server.pid is None:
                    print("the server ended by itself", file=sys.stderr)
                    return 3
    except CandidateError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
