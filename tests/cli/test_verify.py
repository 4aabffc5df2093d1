"""`modicum verify` and `modicum approve` as a user meets them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.assets


def run(*args: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "modicum", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_a_decision_is_verified_approved_and_found_out(
    write_task: Callable[..., Path], tmp_path: Path
) -> None:
    two = '[[candidates]]\nrecipe = "majority"\n[[candidates]]\nrecipe = "tfidf-logistic"\n'
    out, ledger = tmp_path / "out", tmp_path / "own.sqlite"
    assert run("size", write_task(two), "--out", out, "--ledger", ledger).returncode == 0
    good = run("verify", out, "--ledger", ledger)
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.startswith("The decision holds: ")
    said = run("approve", out, "--role", "business", "--name", "A. Ray", "--comment", "go")
    assert said.returncode == 0
    assert "business  A. Ray: approve" in said.stdout
    assert run("verify", out).returncode == 0
    assert run("approve", out, "--role", "king", "--name", "A").returncode == 2
    path = out / "decision.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"margin": 0.02', '"margin": 0.05'))
    bad = run("verify", out, "--json")
    assert bad.returncode == 3
    found = json.loads(bad.stdout)
    assert [f["where"] for f in found["faults"]] == ["margin"]
    assert (found["holds"], found["faults"][0]["gives"]) == (False, 0.02)
    nothing = run("verify", tmp_path)
    assert nothing.returncode == 2
    assert "there is no decision.json" in nothing.stderr
