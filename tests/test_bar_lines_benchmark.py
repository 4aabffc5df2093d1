"""The lines of the bars can fail: what is unknown, or known to a hair, is a miss."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from modicum.decision.document import FigureDocument


@pytest.fixture
def bars(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    import bar_lines

    yield bar_lines
    sys.modules.pop("bar_lines", None)


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
    bars: ModuleType, value: float | None, low: float | None, high: float | None, known: bool
) -> None:
    assert bars.has_interval(figure(value, low, high)) is known


def test_a_miss_is_shown_as_one(bars: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    unknown = bars.joules(figure(None, None, None))
    bars.print_bars([bars.BarLine(4, "LLM alone", unknown, "J a request", False)])
    said = capsys.readouterr().out
    assert said.startswith("bar 4  MISS  LLM alone")
    assert "nobody metered it" in said
