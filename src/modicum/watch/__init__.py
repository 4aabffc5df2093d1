"""Watching a decision in production: audits, alarms, drift, proof on live traffic, promotion."""

from modicum.watch.audit import Audit, Budget, Choice, Sampler
from modicum.watch.auditor import Auditor
from modicum.watch.baseline import Baseline, Stream
from modicum.watch.detector import ChangeDetector
from modicum.watch.drift import InputDrift
from modicum.watch.promotion import Move, Plan
from modicum.watch.proof import LiveProof
from modicum.watch.watch import Alarm, Watch

__all__ = [
    "Alarm",
    "Audit",
    "Auditor",
    "Baseline",
    "Budget",
    "ChangeDetector",
    "Choice",
    "InputDrift",
    "LiveProof",
    "Move",
    "Plan",
    "Sampler",
    "Stream",
    "Watch",
]
