"""The watch's rows, as they are stored: watches, audits, texts, alarms and moves of traffic."""

from __future__ import annotations

from typing import NamedTuple


class WatchRow(NamedTuple):
    """One watched decision; `number` says which share of the error rate is its own."""

    id: int
    number: int
    task: str
    decision: str
    at: int
    document: str


class AuditRow(NamedTuple):
    """One audit as it is stored; `slices` are "column=value"."""

    id: int
    at: int
    kind: str
    request: str
    loss: float
    probability: float
    floor: float
    slices: tuple[str, ...]


class TextRow(NamedTuple):
    """What an audit was about, where that may be kept."""

    audit: int
    at: int
    input: str
    answer: str
    reference: str


class AlarmRow(NamedTuple):
    """An alarm, as `watch.Alarm` describes it."""

    at: int
    stream: str
    audit: int
    audits: int
    e_value: float
    bound: float
    alpha: float
    rate: float


class MoveRow(NamedTuple):
    """A move of traffic; audit: the last audit before it; plan: the steps, as JSON, or ""."""

    at: int
    kind: str
    share: float
    reason: str
    audit: int
    plan: str
