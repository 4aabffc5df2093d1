from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from modicum.cli import top
from modicum.errors import MeterError


def app() -> typer.Typer:
    made = typer.Typer()
    top.register(made)
    made.command("other")(lambda: None)
    return made


def test_frames_are_shown_and_then_it_ends() -> None:
    done = CliRunner().invoke(app(), ["top", "--frames", "2", "--every", "0.1", "--rows", "3"])
    assert done.exit_code == 0
    assert done.stdout.count("cores busy") == 2
    assert "90% INTERVAL" in done.stdout


def test_a_frame_in_json_has_figures_with_their_basis() -> None:
    done = CliRunner().invoke(app(), ["top", "-n", "1", "-d", "0.1", "--json"])
    frame = json.loads(done.stdout)
    assert frame["idle_w"]["basis"] in ("modelled", "measured")
    assert all(p["watts"]["unit"] == "W" for p in frame["processes"])


def test_a_frame_of_no_time_is_refused() -> None:
    done = CliRunner().invoke(app(), ["top", "-d", "0"])
    assert isinstance(done.exception, MeterError)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_q_ends_it_and_the_terminal_is_as_it_was() -> None:
    import pty
    import termios

    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    code = "import typer; from modicum.cli import top; a = typer.Typer(); top.register(a); a()"
    source = str(Path(__file__).parents[2] / "src")
    with subprocess.Popen(
        [sys.executable, "-c", code, "-d", "0.2"], stdin=theirs, stdout=theirs, stderr=theirs,
        env=os.environ | {"PYTHONPATH": source, "COLUMNS": "80", "LINES": "24"},
    ) as process:  # fmt: skip
        said = b""
        while b"q quits" not in said:
            said += os.read(ours, 65536)
        os.write(ours, b"q")
        assert process.wait(timeout=60) == 0
    assert termios.tcgetattr(theirs) == before
    os.close(ours)
    os.close(theirs)
    screen = said.decode(errors="replace").split("\x1b[H\x1b[J")[1]
    assert all(len(line) <= 80 for line in screen.replace("\r", "").splitlines())
