from __future__ import annotations

from collections.abc import Callable

from modicum.decision.document import DecisionDocument
from modicum.report import render_markdown

Make = Callable[[str], DecisionDocument]


def test_a_record_has_its_five_parts_in_order(any_decision: DecisionDocument) -> None:
    text = render_markdown(any_decision)
    titles = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert titles[:5] == ["Context", "Options", "Evidence", "Decision", "What would change it"]


def test_every_row_of_the_table_has_as_many_cells_as_its_head(
    any_decision: DecisionDocument,
) -> None:
    rows = [line for line in render_markdown(any_decision).splitlines() if line.startswith("| ")]
    bars = [row.replace("\\|", "").count("|") for row in rows]
    assert len(rows) == 1 + len(any_decision.candidates)
    assert set(bars) == {7}


def test_names_are_never_markup(make: Make) -> None:
    text = render_markdown(make("hostile"))
    assert "<script" not in text
    assert "\\[x\\](javascript" in text
    assert "\n# heading" not in text


def test_figures_come_with_interval_and_unit(make: Make) -> None:
    text = render_markdown(make("win"))
    assert "4.2 mJ (2.4 to 8.0)" in text
    assert "Energy per request: 41 times less (34 to 49)" in text
    assert "Break-even: 250,000 requests (210,000 to 290,000)" in text
