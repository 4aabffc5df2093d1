from __future__ import annotations

import json

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
