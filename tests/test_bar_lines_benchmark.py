"""The lines of the bars can fail: what is unknown, or known to a hair, is a miss."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from modicum.decision.document import FigureDocument

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from bar_lines import BarLine, has_interval, joules, print_bars


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
    value: float | None, low: float | None, high: float | None, known: bool
) -> None:
    assert has_interval(figure(value, low, high)) is known


def test_a_miss_is_shown_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    unknown = joules(figure(None, None, None))
    print_bars([BarLine(4, "LLM alone", unknown, "J a request", False)])
    said = capsys.readouterr().out
    assert said.startswith("bar 4  MISS  LLM alone")
    assert "nobody metered it" in said
