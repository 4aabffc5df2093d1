"""Fixtures: decision documents of every kind a run can end in."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from modicum.decision.document import DecisionDocument

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests without their folder

from report_decisions import EVERY


@pytest.fixture
def make() -> Callable[[str], DecisionDocument]:
    """A decision by its name in `report_decisions.EVERY`."""
    return lambda name: EVERY[name]()


@pytest.fixture(params=sorted(EVERY))
def any_decision(request: pytest.FixtureRequest) -> DecisionDocument:
    """Each decision in turn."""
    return EVERY[str(request.param)]()
