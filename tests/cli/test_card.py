from __future__ import annotations

import sys
from pathlib import Path

from typer.testing import CliRunner

from modicum.cli.main import app

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from report_decisions import decision


def test_a_card_goes_to_the_screen_or_to_a_file(tmp_path: Path) -> None:
    (tmp_path / "decision.json").write_text(decision().model_dump_json(), encoding="utf-8")
    told = CliRunner().invoke(app, ["card", str(tmp_path)], catch_exceptions=False).output
    assert told.startswith('---\nlibrary_name: "modicum"\n')
    words = ["card", str(tmp_path), "--license", "mit", "--out", str(tmp_path / "README.md")]
    CliRunner().invoke(app, words, catch_exceptions=False)
    assert 'license: "mit"' in (tmp_path / "README.md").read_text(encoding="utf-8")
