from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from modicum.cli import doctor


@pytest.fixture(autouse=True)
def no_calibration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODICUM_CALIBRATION", str(tmp_path / "none.json"))


def app() -> typer.Typer:
    made = typer.Typer()
    doctor.register(made)
    made.command("other")(lambda: None)
    return made


def test_the_doctor_names_every_part_and_a_cure() -> None:
    done = CliRunner().invoke(app(), ["doctor"])
    assert done.exit_code == 0
    for part in ("processor", "memory", "GPU", "calibration", "children"):
        assert part in done.stdout
    assert "to better it: modicum calibrate" in done.stdout


def test_the_doctor_speaks_json() -> None:
    done = CliRunner().invoke(app(), ["doctor", "--json"])
    findings = json.loads(done.stdout)
    assert {"part", "state", "why", "spread", "cure"} == set(findings[0])
