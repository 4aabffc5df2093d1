"""Watch: one decision in production, every audit of it, and the alarms they raised."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from modicum.watch.audit import Audit
from modicum.watch.baseline import Stream
from modicum.watch.detector import ChangeDetector
from modicum.watch.shares import ALL, GOLD


@dataclass(frozen=True, slots=True)
class Alarm:
    """A stream whose mean loss has risen above its bound.

    audit: the id of the audit that raised it; audits: how many the stream had seen.
    rate: the stream's mean audited loss since the start (a change later on shows less in it).
    """

    stream: str
    bound: float
    alpha: float
    e_value: float
    audits: int
    rate: float
    audit: int

    def __str__(self) -> str:
        where = "" if self.stream == ALL else f" in {self.stream}"
        return (
            f"answers differ too often{where}: {self.rate:.1%} of {self.audits} audits, "
            f"at most {self.bound:.1%} allowed"
        )


class Watch:
    """Folds audits, in the order of the ledger, into one detector a stream.

    The same audits in the same order give the same state in every worker and after every restart.
    """

    def __init__(self, streams: Sequence[Stream]) -> None:
        self.streams = {stream.name: stream for stream in streams}
        self.detectors = {s.name: ChangeDetector(s.bound, s.alpha) for s in streams}
        self.alarms: list[Alarm] = []
        self.unseen: dict[str, int] = {}
        self._sums = dict.fromkeys(self.streams, 0.0)
        self._weights = dict.fromkeys(self.streams, 0.0)

    def add(self, audit: Audit) -> list[Alarm]:
        """Take one audit in; returns the alarms that it raised."""
        fresh = [self._bet(name, audit) for name in self._names(audit)]
        raised = [alarm for alarm in fresh if alarm is not None]
        self.alarms += raised
        return raised

    def recall(self, alarms: Iterable[Alarm]) -> None:
        """Take alarms from the record that these detectors have not raised.

        An alarm stands, whatever a later version of the test would make of the same audits.
        """
        self.alarms += [alarm for alarm in alarms if not self._alarmed(alarm.stream)]

    def _alarmed(self, stream: str) -> bool:
        return any(alarm.stream == stream for alarm in self.alarms)

    def _names(self, audit: Audit) -> Iterable[str]:
        if audit.kind == "label":
            return ()
        if audit.kind == "gold":
            return (GOLD,)
        for name in audit.slices:
            if name not in self.streams:
                self.unseen[name] = self.unseen.get(name, 0) + 1
        return (ALL, *(name for name in audit.slices if name in self.streams))

    def _bet(self, name: str, audit: Audit) -> Alarm | None:
        detector, before = self.detectors[name], self.detectors[name].alarmed_at
        weight = audit.choice.thinning
        detector.update(audit.loss, weight)
        self._sums[name] += weight * audit.loss
        self._weights[name] += weight
        if before is not None or detector.alarmed_at is None or self._alarmed(name):
            return None
        stream = self.streams[name]
        return Alarm(
            name,
            stream.bound,
            stream.alpha,
            detector.e_value,
            detector.audits,
            self._sums[name] / self._weights[name],
            audit.id,
        )

    def audits(self, stream: str = ALL) -> int:
        """How many audits a stream has seen."""
        return self.detectors[stream].audits

    def rate(self, stream: str = ALL) -> float | None:
        """Mean audited loss, weighted to stand for all requests; None before the first audit."""
        weight = self._weights[stream]
        return self._sums[stream] / weight if weight else None

    def release(self) -> None:
        """What was audited so far is given away as judge data: no later alarm may rest on it."""
        for detector in self.detectors.values():
            detector.release()
