"""State: what is known of one watched task, folded from its record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from modicum.watch.audit import Audit, Choice
from modicum.watch.baseline import Baseline
from modicum.watch.promotion import Plan
from modicum.watch.proof import LiveProof
from modicum.watch.shares import ALL
from modicum.watch.staleness import Change, ConditionsSeen
from modicum.watch.watch import Alarm, Watch

BESIDE = "undecided"
"""The condition that names, as a JSON list, the candidates judged beside a watch's own since."""
_LATE = 200
"""Ids of audits that another worker's transaction may still make visible late."""


class Record(Protocol):
    """Where the rows of a watch are read; the ledger's `WatchStore` is one."""

    def audits(self, watch: int, after: int = 0) -> Sequence[Any]:
        """Rows with id, kind, loss, probability, floor and slices, by id."""
        ...

    def moves(self, watch: int) -> Sequence[Any]:
        """Rows with kind, share, reason, audit and plan, oldest first."""
        ...

    def conditions(self, watch: int) -> Sequence[tuple[str, str]]:
        """(name, value) in the order seen."""
        ...

    def alarms(self, watch: int) -> Sequence[Any]:
        """Alarms on record, with the fields of `watch.Alarm`, oldest first."""
        ...

    def releases(self, watch: int) -> Sequence[int]:
        """Audits up to which releases were made, in order."""
        ...


class TaskState:
    """The detectors, the proof, the share of traffic and the conditions of one watch.

    Audits are folded in the order of their ids, so that all workers come to the same state; one
    that becomes visible late is folded late, which every order allows that ignores the losses.
    """

    def __init__(self, record: Record, watch: int, baseline: Baseline) -> None:
        self.record, self.id, self.baseline = record, watch, baseline
        self._restart()

    def _restart(self) -> None:
        self.watch = Watch(self.baseline.streams)
        alpha = self.baseline.proof_alpha
        self.proof = LiveProof(self.baseline.limit, alpha)
        self.others = {n: LiveProof(self.baseline.other_limit, alpha) for n in self.baseline.others}
        self.conditions = ConditionsSeen()
        self.moves: Sequence[Any] = ()
        self.last_audit = 0
        self._folded: set[int] = set()
        self._in_step = 0
        self._releases: list[int] = []

    def refresh(self) -> list[Alarm]:
        """Fold what is new; returns the alarms it raised."""
        conditions = self.record.conditions(self.id)
        self._see_others(conditions)
        releases = list(self.record.releases(self.id))
        if releases != self._releases and (not releases or releases[-1] <= self.last_audit):
            self._restart()  # a release lies behind what was folded: fold again, in order
        self._releases = releases
        before = len(self.watch.alarms)
        self._read_moves()
        for row in self.record.audits(self.id, max(0, self.last_audit - _LATE)):
            if row.id not in self._folded:
                self._fold(row)
        self._folded = {i for i in self._folded if i > self.last_audit - _LATE}
        self.watch.recall(
            Alarm(row.stream, row.bound, row.alpha, row.e_value, row.audits, row.rate, row.audit)
            for row in self.record.alarms(self.id)
        )
        for name, value in conditions:
            if name != BESIDE:
                self.conditions.news(name, value)
        return self.watch.alarms[before:]

    def _see_others(self, conditions: Sequence[tuple[str, str]]) -> None:
        """Fold everything again where other candidates are judged: their proofs share alpha."""
        told = dict(conditions).get(BESIDE)
        others = self.baseline.others if told is None else tuple(json.loads(told))
        if others != self.baseline.others:
            self.baseline = replace(self.baseline, others=others)
            self._restart()

    def _fold(self, row: Any) -> None:
        for release in self._releases:
            if self.last_audit <= release < row.id:
                self.watch.release()
        audit = Audit(row.kind, row.loss, Choice(row.probability, row.floor), row.slices, row.id)
        if audit.kind == "other":
            for name in audit.slices:
                if name in self.others:
                    self.others[name].add(audit)
        else:
            self.watch.add(audit)
            self.proof.add(audit)
        self._folded.add(row.id)
        self.last_audit = max(self.last_audit, row.id)
        self._in_step += row.kind == "audit" and row.id > self._moved_after

    @property
    def _moved_after(self) -> int:
        return int(self.moves[-1].audit) if self.moves else 0

    def _read_moves(self) -> None:
        moves = self.record.moves(self.id)
        if len(moves) != len(self.moves):
            self.moves = moves
            rows = self.record.audits(self.id, self._moved_after)
            self._in_step = sum(r.kind == "audit" for r in rows if r.id in self._folded)

    @property
    def share(self) -> float | None:
        """The share of traffic that the last move set; None before any."""
        return float(self.moves[-1].share) if self.moves else None

    @property
    def plan(self) -> Plan:
        """The steps of the promotion under way, or the usual ones."""
        return Plan.parse(self.moves[-1].plan) if self.moves and self.moves[-1].plan else Plan()

    @property
    def audits_in_step(self) -> int:
        """Served small answers audited since the last move."""
        return self._in_step

    @property
    def audits(self) -> int:
        """Audits of the small answers so far, gold labels left out."""
        return self.watch.audits(ALL)

    @property
    def alarms(self) -> Sequence[Alarm]:
        """Every alarm so far."""
        return self.watch.alarms

    @property
    def proven(self) -> bool:
        """Whether live audits confirm the decision, with no alarm since."""
        return self.proof.proven and not self.alarms

    @property
    def changes(self) -> list[Change]:
        """Conditions that are not what they were: any makes the decision stale."""
        return self.conditions.changes
