from __future__ import annotations

from collections.abc import Callable

import pytest

from modicum.decision.document import DecisionDocument
from modicum.report.quality import bases, figures_of, score, vintages

Make = Callable[[str], DecisionDocument]


def test_the_score_is_the_mean_of_the_bases(make: Make) -> None:
    counted = bases(figures_of(make("unknown-money")))
    assert counted["unknown"] >= 1
    expected = (3 * counted["modelled"] + 4 * counted["assumed"] + 5 * counted["unknown"]) / (
        counted.total()
    )
    assert score(figures_of(make("unknown-money"))) == pytest.approx(expected)


def test_each_source_has_the_newest_year_that_it_names(make: Make) -> None:
    found = dict(vintages(figures_of(make("unknown-money"))))
    assert found["Macknick et al., 2012"] == 2012
    assert found["Ember Yearly Electricity Data 2025, Germany 2024, CC BY 4.0"] == 2025
    assert found["token model fitted to published measurements of open models"] is None
