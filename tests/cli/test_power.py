import hashlib
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from modicum.cli.power import power
from modicum.errors import TaskError

TASK = """
[task]
name = "colours"
data = "data.csv"
input = "text"
reference = "label"
"""


@pytest.fixture
def task(tmp_path: Path) -> Path:
    codes = [hashlib.sha256(str(i).encode()).hexdigest() for i in range(200)]
    rows = [
        f"{c[:9]} {c[9:20]} {c[20:30]},{'red' if i % 2 else 'blue'}" for i, c in enumerate(codes)
    ]
    (tmp_path / "data.csv").write_text("\n".join(["text,label", *rows]))
    path = tmp_path / "task.toml"
    path.write_text(TASK)
    return path


@pytest.fixture
def app() -> typer.Typer:
    found = typer.Typer()
    found.command()(power)
    return found


def test_the_need_and_what_there_is_are_said(app: typer.Typer, task: Path) -> None:
    done = CliRunner().invoke(app, [str(task), "--disagreement", "0.06", "--json"])
    found = json.loads(done.stdout)
    assert found["needed"] == [{"disagreement": 0.06, "examples": 928}]
    assert 30 <= found["judge_examples"] <= 90


def test_an_unprovable_difference_is_said(app: typer.Typer, task: Path) -> None:
    given = [str(task), "--disagreement", "0.06", "--difference", "0.03"]
    assert "no number of examples would prove it" in CliRunner().invoke(app, given).stdout


@pytest.mark.parametrize("given", [["--chance", "1"], ["--disagreement", "2"]])
def test_impossible_numbers_are_refused(app: typer.Typer, task: Path, given: list[str]) -> None:
    with pytest.raises(TaskError, match="--"):
        CliRunner().invoke(app, [str(task), *given], catch_exceptions=False)
