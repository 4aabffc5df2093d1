"""Tuning at the terminal: replayed, or live on a simulated driver with a real command."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

Run = Callable[..., Any]
Plain = Callable[..., Any]

LIVE = ("tune", "--live", "--batches", "16,32", "--default", "32")


class Gpus:
    """One board in Zeus's interface whose counter moves with every reading."""

    joules = 0

    def __len__(self) -> int:
        return 1

    def get_power_management_limit_constraints(self, index: int) -> tuple[int, int]:
        return 100_000, 300_000

    def set_power_management_limit(self, index: int, limit_mw: int, block: bool = True) -> None:
        """Take it."""

    def reset_power_management_limit(self, index: int, block: bool = True) -> None:
        """Take it."""

    def get_total_energy_consumption(self, index: int) -> int:
        self.joules += 1
        return self.joules * 1000


def test_each_live_run_is_one_trial_and_is_remembered(
    plain: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpus = Gpus()
    monkeypatch.setitem(sys.modules, "zeus.device", SimpleNamespace(get_gpus=lambda: gpus))
    state = tmp_path / "state.json"
    words = (*LIVE, "--state", str(state), "--json", "--", sys.executable, "-c", "print('{batch}')")
    from typer.testing import CliRunner

    from modicum.cli.plan import app

    told = [json.loads(CliRunner().invoke(app, list(words)).stdout) for _ in range(2)]
    assert [t["batch"] for t in told] == [32, 16]
    assert [t["trial"] for t in told] == [1, 2]
    assert all(t["reached"] for t in told)
    assert set(json.loads(state.read_text())["costs_j"]) == {"16", "32"}


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (("tune",), "--traces DIR, or --live"),
        (("tune", "--traces", "/nowhere"), "Zeus traces"),
        ((*LIVE, "--", "python", "train.py"), "{batch}"),
        (("tune", "--live", "--batches", "a", "--", "x{batch}"), "whole numbers"),
        (("tune", "--live", "--batches", "16", "--default", "8", "--", "{batch}"), "not one of"),
    ],
)
def test_bad_input_is_one_sentence(refused: Run, words: tuple[str, ...], cure: str) -> None:
    assert cure in refused(*words)
