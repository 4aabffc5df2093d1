"""The benchmark of the engine's promises, on few tasks and with loose bounds."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.stats import binom


@pytest.fixture
def proof(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    import proof

    yield proof
    for name in ("proof", "simulated"):
        sys.modules.pop(name, None)


def test_every_cell_keeps_the_promise(proof: ModuleType) -> None:
    for at, (name, wrong) in enumerate(proof.CELLS.items()):
        rng = np.random.default_rng([7, at])
        broken = sum(wrong(rng) for _ in range(12))
        assert broken <= binom.ppf(0.9995, 12, 0.05), name


def test_the_oracle_s_choice_is_found_often(proof: ModuleType) -> None:
    for line in proof.power(40, seed=8):
        assert line.figure >= line.limit - 0.25, line.what


def test_clear_candidates_are_settled_soon(proof: ModuleType) -> None:
    for line in proof.speed(25, seed=9):
        assert line.figure <= 2 * line.limit, line.what
