"""Fixtures: decision documents of every kind a run can end in."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from modicum.decision.document import DecisionDocument

sys.path.insert(0, str(Path(__file__).parent))


Make = Callable[[str], DecisionDocument]


@pytest.fixture
def make() -> Make:
    """A decision by its name in `report_decisions.EVERY`."""
    return lambda name: decisions.EVERY[name]()


@pytest.fixture(params=sorted(decisions.EVERY))
def any_decision(request: pytest.FixtureRequest) -> DecisionDocument:
    """Each decision in turn."""
    return decisions.EVERY[str(request.param)]()
