"""Running a study the way most tests here want it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from modicum.decision.document import DecisionDocument
from modicum.ledger import open_ledger
from modicum.metering import Meter
from modicum.study import run_study
from modicum.tasks import load_task


def raced(path: Path, out: Path | None = None, **extra: Any) -> DecisionDocument:
    """The decision on the task at `path`, in `out` or in "out" beside it, by the test's ledger."""
    ledger = open_ledger()
    try:
        return run_study(load_task(path), out or path.parent / "out", ledger, Meter(), **extra)
    finally:
        ledger.close()
