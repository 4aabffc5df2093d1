"""A decision document, a real ledger in a file, and audits put into it as a gateway does."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modicum.decision.document import DecisionDocument, IntervalDocument
from modicum.ledger import Ledger, open_ledger
from modicum.ledger.watch_store import AuditRow, WatchRow, WatchStore
from modicum.watch.opened import digest_of, state_of
from modicum.watch.state import TaskState

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))

from report_decisions import EVERY


def known(decision: DecisionDocument, high: float = 0.1) -> DecisionDocument:
    """The decision, with a known disagreement of its recommended candidate."""
    found = IntervalDocument(
        value=high * 0.8, low=high * 0.6, high=high, confidence=0.9, method="Clopper-Pearson"
    )
    slices = {"disagreement": found}
    candidates = [
        c.model_copy(
            update={
                "disagreement": found,
                "slices": [part.model_copy(update=slices) for part in c.slices],
            }
        )
        if c.name == decision.recommended
        else c
        for c in decision.candidates
    ]
    return decision.model_copy(update={"candidates": candidates})


@pytest.fixture
def decision() -> DecisionDocument:
    return known(EVERY["win"]())


@pytest.fixture
def sliced() -> DecisionDocument:
    return known(EVERY["slices"]())


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    book = open_ledger(str(tmp_path / "watch.sqlite"))
    yield book
    book.close()


@pytest.fixture
def store(ledger: Ledger) -> WatchStore:
    return WatchStore(ledger.engine)


@pytest.fixture
def open_watch(store: WatchStore) -> Callable[[DecisionDocument], tuple[WatchRow, TaskState]]:
    def opened(decision: DecisionDocument) -> tuple[WatchRow, TaskState]:
        document = decision.model_dump_json()
        row = store.open(decision.task.name, digest_of(decision), document, 1)
        return row, state_of(store, row.id, row.number, row.document)

    return opened


@pytest.fixture
def audited(store: WatchStore) -> Callable[..., list[int]]:
    """Adds `count` audits with a share `rate` of disagreements, as a seed has it."""

    def add(
        watch: int, count: int, rate: float, *, kind: str = "audit", seed: int = 1,
        texts: bool = False, slices: tuple[str, ...] = (), at: int = 1000,
    ) -> list[int]:  # fmt: skip
        rng, found = random.Random(seed), []
        for k in range(count):
            loss = float(rng.random() < rate)
            told = (f"text {seed} {k}", "small", "big" if loss else "small") if texts else None
            row = AuditRow(0, at + k, kind, f"1:{k}", loss, 0.1, 0.1, slices)
            found.append(store.add_audit(watch, row, told, user="ann"))
        return found

    return add
