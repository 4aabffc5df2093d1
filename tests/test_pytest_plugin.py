"""The plugin in a pytest of its own: what passes, what fails, and what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CASES = """
import time
import numpy as np
import pytest

rng = np.random.default_rng(0)
REFERENCE = (rng.uniform(size=2000) < 0.1).astype(float)
WORSE = (rng.uniform(size=2000) < 0.3).astype(float)

def test_as_good_passes(assert_adequate):
    assert_adequate({"new": REFERENCE, "old": REFERENCE}, "new", reference="old")

def test_worse_fails(assert_adequate):
    assert_adequate({"new": WORSE, "old": REFERENCE}, "new", reference="old")

def test_too_few_fails(assert_adequate):
    assert_adequate({"new": REFERENCE[:20], "old": REFERENCE[:20]}, "new", reference="old")

def test_little_work_passes(assert_energy_below):
    with assert_energy_below(1, "MJ"):
        sum(range(1000))

def test_much_work_fails(assert_energy_below):
    with assert_energy_below(1e-9, "J"):
        end = time.process_time() + 0.05
        while time.process_time() < end:
            pass
"""


def test_the_plugin_passes_and_fails_as_it_says(tmp_path: Path) -> None:
    (tmp_path / "test_cases.py").write_text(CASES, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q",
               "-p", "no:cacheprovider", "-rf", "--tb=short", str(tmp_path)]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path
    )
    assert "3 failed, 2 passed" in done.stdout
    for name in ("worse_fails", "too_few_fails", "much_work_fails"):
        assert f"FAILED test_cases.py::test_{name}" in done.stdout
    assert "'new' is not proven adequate: +0.19" in done.stdout
    assert "the limit is 1e-09 J" in done.stdout
