"""`modicum discover` as a person types it, up to a task that `modicum size` really sizes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.assets

SOURCE = Path(__file__).parents[2] / "src"


def modicum(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "modicum", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"PYTHONPATH": str(SOURCE), "COLUMNS": "80", "NO_COLOR": "1"},
        check=False,
    )


@pytest.fixture
def log(tmp_path: Path, trec: list[tuple[str, str]]) -> Path:
    """Questions sorted by a large model that is always right, half of them into two kinds."""
    lines = []
    for i, (text, label) in enumerate(trec[:4000]):
        asked = f"Is the answer a number or date? Answer yes or no.\n\nQuestion: {text}"
        record = {
            "model": "gpt-4o",
            "created": 1_700_000_000 + i * 600,
            "messages": [{"role": "user", "content": asked}],
            "choices": [{"message": {"content": "yes" if label == "NUM" else "no"}}],
            "usage": {"prompt_tokens": 40, "completion_tokens": 1},
        }
        lines.append(json.dumps(record))
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_from_a_log_to_a_smaller_model_that_does_the_job(log: Path, tmp_path: Path) -> None:
    seen = modicum("discover", log)
    assert seen.returncode == 0, seen.stderr
    assert "very likely: 2 labels" in seen.stdout
    assert max(map(len, seen.stdout.splitlines())) <= 100
    name = seen.stdout.rpartition("--write ")[2].split()[0]
    done = modicum("discover", log, "--write", name, "--out", tmp_path / "tasks", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["jobs"][0]["name"] == name
    task = tmp_path / "tasks" / f"{name}.toml"
    assert tomllib.loads(task.read_text())["adequate"]["reference"] == "logged"
    text = task.read_text().replace('[[candidates]]\nrecipe = "minilm-logistic"\n', "")
    task.write_text(text)  # the rest is quick
    sized = modicum("size", task, "--out", tmp_path / "out", "--json")
    assert sized.returncode == 0, sized.stderr
    decision = json.loads(sized.stdout)
    assert decision["recommended"] in {"tfidf-logistic", "tfidf-svm", "naive-bayes"}
    again = modicum("discover", log, "--write", name, "--out", tmp_path / "tasks")
    assert again.returncode == 2
    assert "--force" in again.stderr


def test_mistakes_end_in_one_sentence_with_the_cure(log: Path, tmp_path: Path) -> None:
    for arguments, says in (
        ((tmp_path / "absent.jsonl",), "cannot be read"),
        ((log, "--by", "size"), "energy, carbon, money"),
        ((log, "--write", "questoin-person", "--out", tmp_path / "t"), "did you mean"),
        ((log, "--days", "-1"), "more than 0"),
    ):
        done = modicum("discover", *arguments)
        assert done.returncode == 2
        assert says in done.stderr
        assert done.stderr.count("\n") == 1
    assert not (tmp_path / "t").exists()


def test_redacted_output_holds_no_address_number_or_card(tmp_path: Path) -> None:
    pytest.importorskip("phonenumbers", reason="needs modicum[discover]")
    lines = []
    for i in range(200):
        text = f"note {i * 7919}: jo{i}@example.org, +49 30 9018{i:03}, 4111 1111 1111 1111"
        said = f"Sort the note as a or b. Ask help@example.org if unsure.\n\nNote: {text}"
        answer = {"message": {"content": "ab"[i % 2]}}
        lines.append({"messages": [{"role": "user", "content": said}], "choices": [answer]})
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    found = json.loads(modicum("discover", path, "--json").stdout)
    name = found["jobs"][0]["name"]
    done = modicum("discover", path, "--redact", "--json", "--write", name, "--out", tmp_path / "t")
    assert done.returncode == 0, done.stderr
    every = done.stdout + "".join(p.read_text() for p in (tmp_path / "t").iterdir())
    assert "@example" not in every
    assert "4111" not in every
    assert "9018" not in every
    assert "[email]" in every
