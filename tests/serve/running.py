"""The gateway as a user runs it: a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from sqlalchemy import text
from upstream import FakeProvider

from modicum.ledger import open_ledger


class Running:
    """`modicum serve` with a configuration file of its own, in a folder of its own."""

    def __init__(self, folder: Path, config: str, *options: str, ledger: str | None = None) -> None:
        self.folder, self.options = folder, options
        folder.mkdir(parents=True, exist_ok=True)
        self.ledger = ledger or f"sqlite:///{folder / 'ledger.sqlite'}"
        self.port = free_port()
        state = f'[server]\nport = {self.port}\nstate = "{folder / "state"}"\n'
        self.config = folder / "gateway.toml"
        self.config.write_text(state + config, encoding="utf-8")
        self.log = folder / "log.txt"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Running:
        command = [sys.executable, "-m", "modicum", "serve", "--config", str(self.config)]
        environment = os.environ | {"MODICUM_LEDGER": self.ledger, "OMP_NUM_THREADS": "1"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *self.options], env=environment, stdout=log, stderr=log
            )
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"{self.url}/ready", timeout=5) as reply:
                    if reply.status == 200:
                        return self
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        raise AssertionError(self.log.read_text(encoding="utf-8"))

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(30)

    def rows(self, query: str = "SELECT * FROM requests") -> list[dict[str, Any]]:
        """What the ledger holds; ask once the gateway has stopped, or wait with `wait_rows`."""
        book = open_ledger(self.ledger)
        try:
            with book.engine.connect() as connection:
                return [dict(row._mapping) for row in connection.execute(text(query))]
        finally:
            book.close()

    def wait_rows(self, count: int, query: str = "SELECT * FROM requests") -> list[dict[str, Any]]:
        for _ in range(200):
            found = self.rows(query)
            if len(found) >= count:
                break
            time.sleep(0.05)
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def config_of(provider: FakeProvider, decision: Path, more: str = "") -> str:
    return f"""auth = false
{more}
[upstreams.big]
base_url = "{provider.url}"
retries = 0
models = ["gpt-4o"]
[upstreams.claude]
base_url = "{provider.url}"
kind = "anthropic"
retries = 0
models = ["claude-sonnet-4-6"]
[tasks.question-type]
decision = "{decision}"
reference = "big/gpt-4o"
system = "You name the type of questions."
user = "Which type is this question? {{input}}"
"""
