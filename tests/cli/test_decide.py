import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from modicum.cli.decide import decide
from modicum.errors import DataError, DecisionError


@pytest.fixture
def app() -> typer.Typer:
    found = typer.Typer()
    found.command()(decide)
    return found


@pytest.fixture
def results(tmp_path: Path) -> Path:
    path = tmp_path / "results.csv"
    lines = ["example,candidate,correct"]
    for i in range(400):
        lines += [f"{i},tiny,{int(i % 3 == 0)}", f"{i},small,1", f"{i},large,1"]
    path.write_text("\n".join(lines))
    return path


def test_a_table_becomes_a_recommendation(app: typer.Typer, results: Path) -> None:
    given = ["--reference", "large", "--energy", "tiny=1", "--energy", "small=2"]
    done = CliRunner().invoke(app, [str(results), *given])
    assert done.exit_code == 0
    assert "Run small" in done.stdout
    assert "tiny: shown to be more than the margin worse" in done.stdout


def test_an_export_of_a_spreadsheet_decides_the_same(
    app: typer.Typer, results: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.csv"
    other.write_bytes(results.read_text().replace(",", ";").encode("utf-16"))
    both = [
        CliRunner().invoke(app, [str(path), "--reference", "large", "--json"]).stdout
        for path in (results, other)
    ]
    assert both[0] == both[1]


def test_json_holds_the_whole_verdict(app: typer.Typer, results: Path) -> None:
    done = CliRunner().invoke(app, [str(results), "--reference", "large", "--json"])
    verdict = json.loads(done.stdout)
    assert verdict["recommended"] == "small"
    assert verdict["adequate"] == {"tiny": False, "small": True, "large": True}


def test_a_required_candidate_that_is_not_proven_ends_with_3(
    app: typer.Typer, results: Path
) -> None:
    given = [str(results), "--reference", "large", "--require"]
    assert CliRunner().invoke(app, [*given, "small"]).exit_code == 0
    assert CliRunner().invoke(app, [*given, "tiny"]).exit_code == 3


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["--reference", "none"], DecisionError, "reference 'none'"),
        (["--reference", "large", "--require", "tinny"], DecisionError, "--require 'tinny'"),
        (["--reference", "large", "--energy", "tiny"], DecisionError, "is not NAME=J"),
        (["--reference", "large", "--from", "word"], DataError, "'word' cannot be read"),
    ],
)
def test_what_cannot_be_used_is_named(
    app: typer.Typer, results: Path, arguments: list[str], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        CliRunner().invoke(app, [str(results), *arguments], catch_exceptions=False)


def test_a_missing_file_is_named(app: typer.Typer, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no file"):
        CliRunner().invoke(
            app, [str(tmp_path / "none.csv"), "--reference", "r"], catch_exceptions=False
        )
