"""What `status`, `promote` and `watch` share: the watched tasks of a ledger, and their states."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modicum.errors import WatchError

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument
    from modicum.ledger.watch_store import WatchRow, WatchStore
    from modicum.watch.state import TaskState


@dataclass(frozen=True)
class Watched:
    """One task's newest watch, folded up to now."""

    row: WatchRow
    decision: DecisionDocument
    state: TaskState


@contextmanager
def opened(ledger: str | None) -> Iterator[WatchStore]:
    """The watch's part of a ledger."""
    from modicum.ledger import open_ledger
    from modicum.ledger.watch_store import WatchStore

    book = open_ledger(ledger)
    try:
        yield WatchStore(book.engine)
    finally:
        book.close()


def watched(store: WatchStore, task: str | None = None) -> list[Watched]:
    """The newest watch of every task, or of one; raises WatchError where there is none of it."""
    from modicum.decision.document import parse_decision
    from modicum.watch.opened import received_by, state_of

    rows = store.newest(task)
    if task is not None and not rows:
        known = ", ".join(row.task for row in store.newest()) or "none"
        raise WatchError(
            f"{task!r} is not watched in this ledger (watched: {known}): "
            "serve its decision first, with `modicum serve DIR --shadow`"
        )
    found = []
    for row in rows:
        received = received_by(store, row.number)
        state = state_of(store, row.id, row.number, row.document, received)
        state.refresh()
        found.append(Watched(row, parse_decision(row.document, row.task), state))
    return found


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000
