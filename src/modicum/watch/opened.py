"""From a decision's document to its watch: which it is, and what it may find."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from modicum.decision.document import parse_decision
from modicum.watch.baseline import Baseline
from modicum.watch.shares import alpha_of
from modicum.watch.state import Record, TaskState

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument


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


def state_of(record: Record, watch: int, number: int, document: str) -> TaskState:
    """The state of a watch, from the decision kept with it; `refresh` folds its audits."""
    decision = parse_decision(document, f"the decision of watch {watch}")
    return TaskState(record, watch, Baseline.of(decision, alpha_of(number)))
