"""The replay of searches decides by the same code as the study does."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture
def replay(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    import search

    yield search
    for name in ("search", "cached_losses", *(n for n in sys.modules if n.startswith("ladder"))):
        sys.modules.pop(name, None)


def test_a_search_spends_less_and_decides_the_same(replay: ModuleType) -> None:
    rng = np.random.default_rng(6)

    def curve(rate: float) -> tuple[np.ndarray, ...]:
        rates = (2 * rate + 0.1, 1.3 * rate + 0.03, rate)
        return tuple((rng.random(3000) < r).astype(float) for r in rates)

    names = {f"{recipe} c={c}": recipe for recipe in ("poor", "good") for c in (1, 2, 3, 4, 5)}
    data = replay.Cached(
        (rng.random(3000) < 0.1).astype(float),
        1e-3,
        {name: curve(0.3 if recipe == "poor" else 0.08) for name, recipe in names.items()},
        dict.fromkeys(names, (1.0, 4.0, 16.0)),
        {name: 1e-5 if recipe == "poor" else 2e-5 for name, recipe in names.items()},
        names,
    )
    pairs = list(replay.replayed(data, 3, seed=1))
    assert [e.recommended for e, _ in pairs] == [p.recommended for _, p in pairs] == ["good"] * 3
    assert all(p.seconds < 0.4 * e.seconds for e, p in pairs)
