from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from modicum.cli.main import app
from modicum.errors import DataError

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from report_decisions import decision

SOURCE = Path(__file__).parents[2] / "src"
READ = """
import json, sys
from mlflow import MlflowClient
client = MlflowClient(tracking_uri=sys.argv[1])
home = client.get_experiment_by_name("banking-intent")
runs = client.search_runs([home.experiment_id])
print(json.dumps([{
    "id": run.info.run_id, "status": run.info.status, "metrics": run.data.metrics,
    "params": run.data.params, "tags": run.data.tags,
    "files": [file.path for file in client.list_artifacts(run.info.run_id)]} for run in runs]))
"""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "decision.json").write_text(decision().model_dump_json(), encoding="utf-8")
    (folder / "report.html").write_text("<!doctype html>", encoding="utf-8")
    return folder


def done(tmp_path: Path, *words: str) -> str:
    """A Python of its own, since MLflow's imports warn of much that is not ours."""
    surroundings = os.environ | {"PYTHONPATH": str(SOURCE), "MLFLOW_DISABLE_TELEMETRY": "true"}
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", *words], capture_output=True, text=True, timeout=180,
        check=False, cwd=tmp_path, env=surroundings,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_a_decision_is_logged_once_with_units_tags_and_files(run: Path, tmp_path: Path) -> None:
    if not _installed():
        pytest.skip("needs mlflow-skinny")
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    command = ("-m", "modicum", "mlflow", str(run), "--uri", uri)
    assert done(tmp_path, *command).startswith("Logged as run ")
    assert done(tmp_path, *command).startswith("Logged before, as run ")
    (found,) = json.loads(done(tmp_path, "-c", READ, uri))
    assert found["status"] == "FINISHED"
    best = decision().candidate("tfidf-char-svm").footprint
    assert best is not None
    assert found["metrics"]["recommended/energy.J"] == pytest.approx(best.energy_j.value)
    assert found["params"]["confidence"] == "0.95"
    assert found["tags"]["modicum.recommended"] == "tfidf-char-svm"
    assert sorted(found["files"]) == ["decision.json", "report.html"]
    assert (tmp_path / "mlartifacts").is_dir()


def test_without_a_place_to_log_to_nothing_is_tried(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(DataError, match="no place to log to: give --uri"):
        CliRunner().invoke(app, ["mlflow", str(run)], catch_exceptions=False)


def _installed() -> bool:
    from importlib.util import find_spec

    return find_spec("mlflow") is not None
