from __future__ import annotations

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from modicum.cli.main import app
from modicum.errors import ArtefactError, DataError

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from report_decisions import decision


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "my run"
    folder.mkdir()
    (folder / "decision.json").write_text(decision().model_dump_json(), encoding="utf-8")
    return folder


def told(*words: str) -> str:
    done = CliRunner().invoke(app, ["tour", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_in_a_pipe_the_whole_tour_is_printed_without_a_question(run: Path) -> None:
    text = told(str(run))
    assert "A tour of your decision" in text
    assert "7/7  Where to go from here" in text
    assert "Enter goes on" not in text


def test_it_speaks_german(run: Path) -> None:
    assert "Ein Rundgang durch Ihre Entscheidung" in told(str(run), "--lang", "de")


def test_the_page_is_written_beside_the_decision_or_where_one_says(
    run: Path, tmp_path: Path
) -> None:
    assert told(str(run), "--html").strip() == str(run / "tour-en.html")
    assert "tour-promise" in (run / "tour-en.html").read_text(encoding="utf-8")
    told(str(run / "decision.json"), "--lang", "de", "--out", str(tmp_path / "t.html"))
    assert '<html lang="de">' in (tmp_path / "t.html").read_text(encoding="utf-8")


def test_a_language_or_a_folder_that_is_not_there_is_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="language 'fr' is not known"):
        told(str(run), "--lang", "fr", "--html")
    assert not (run / "tour-fr.html").exists()
    with pytest.raises(ArtefactError, match=r"there is no decision\.json"):
        told(str(tmp_path))
