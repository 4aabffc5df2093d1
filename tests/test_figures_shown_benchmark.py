"""A figure counts only where it is known with an interval; what is unknown says why."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from modicum.decision.document import FigureDocument


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    import figures_shown

    yield figures_shown
    sys.modules.pop("figures_shown", None)


def figure(value: float | None, low: float | None, high: float | None) -> FigureDocument:
    return FigureDocument(
        value=value,
        low=low,
        high=high,
        unit="J",
        basis="modelled",
        source="a test",
        boundary="all of it",
        reason=None if value is not None else "nobody metered it",
    )


@pytest.mark.parametrize(
    ("value", "low", "high", "known"),
    [
        (1.0, 0.5, 2.0, True),
        (1.0, 1.0, 1.0, False),
        (3.0, 0.5, 2.0, False),
        (None, None, None, False),
    ],
)
def test_a_figure_counts_with_an_interval_around_it(
    shown: ModuleType, value: float | None, low: float | None, high: float | None, known: bool
) -> None:
    assert shown.has_interval(figure(value, low, high)) is known


def test_what_is_unknown_says_why(shown: ModuleType) -> None:
    assert "nobody metered it" in shown.joules(figure(None, None, None))
