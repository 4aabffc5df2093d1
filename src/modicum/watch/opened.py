"""From a decision's document to its watch: which it is, and what it may find."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from modicum.decision.document import parse_decision
from modicum.watch.baseline import Baseline
from modicum.watch.shares import alpha_of, inherited
from modicum.watch.state import Record, TaskState

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument


class Passing(Protocol):
    """Where a ledger tells of all its watches; its `WatchStore` is one."""

    def openings(self) -> Sequence[tuple[int, int]]:
        """(number, when it began, in milliseconds) of every watch."""
        ...

    def alarm_rates(self) -> Sequence[tuple[int, int, float]]:
        """(number of its watch, when, error rate of its stream) of every alarm."""
        ...


def digest_of(decision: DecisionDocument) -> str:
    """What makes a decision another one: its candidate, its reference, its judge split, its bounds.

    The same study run again is the same decision: it takes up its watch, alarms included.
    """
    bounds = [(s.name, s.bound) for s in Baseline.of(decision, 0.05).streams]
    parts = [
        decision.task.name,
        decision.recommended,
        decision.reference,
        decision.fingerprints.recommended,
        decision.fingerprints.judge,
        bounds,
    ]
    return sha256(json.dumps(parts).encode()).hexdigest()[:32]


def state_of(
    record: Record, watch: int, number: int, document: str, received: float = 0.0
) -> TaskState:
    """The state of a watch, from the decision kept with it; `refresh` folds its audits.

    received: the error rate that alarms before it passed on (see `received_by`).
    """
    decision = parse_decision(document, f"the decision of watch {watch}")
    return TaskState(record, watch, Baseline.of(decision, alpha_of(number) + received))


def received_by(record: Passing, number: int) -> float:
    """What the alarms of a ledger passed on to its `number`-th watch."""
    return inherited(number, record.openings(), record.alarm_rates())
