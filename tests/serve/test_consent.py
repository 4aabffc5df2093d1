"""A real decision with a slice that was not proven is not served before a person accepts it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from modicum.cli.main import app
from modicum.decision.approvals import read_approvals
from modicum.errors import DecisionError
from modicum.serve.loading import load_tasks
from modicum.serve.settings import Settings, parse_settings

pytestmark = pytest.mark.assets


@pytest.fixture
def run(sized: Path, tmp_path: Path) -> Path:
    """The decision of the study, its recommended candidate undecided on one slice."""
    folder = tmp_path / "run"
    shutil.copytree(sized, folder)
    plain = json.loads((folder / "decision.json").read_text(encoding="utf-8"))
    for row in plain["candidates"]:
        if row["name"] == plain["recommended"]:
            part = {"column": "lang", "slice": "de", "examples": 40, "margin": 0.2}
            row["slices"] = [part | {"difference": row["difference"], "adequate": None}]
    (folder / "decision.json").write_text(json.dumps(plain), encoding="utf-8")
    return folder


def settings(run: Path, shadow: bool = False) -> Settings:
    plain = {"tasks": {"question-type": {"decision": str(run)}}, "watch": {"shadow": shadow}}
    return parse_settings(plain, "a test")


def test_it_is_refused_until_the_slice_was_accepted_by_name(run: Path) -> None:
    with pytest.raises(DecisionError, match="lang=de of 'question-type', and nobody has accepted"):
        load_tasks(settings(run))
    words = ["serve", str(run), "--no-auth", "--accept-slices", "A. Boateng", "--check"]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0
    assert "A. Boateng accepts lang=de" in done.stderr
    (line,) = read_approvals(run)
    assert (line.name, line.kind, line.slice) == ("A. Boateng", "accept-slice", "lang=de")
    for task in load_tasks(settings(run)).values():
        task.close()


def test_in_the_shadow_nobody_need_accept_as_the_reference_answers(run: Path) -> None:
    for task in load_tasks(settings(run, shadow=True)).values():
        task.close()
