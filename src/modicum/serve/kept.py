"""One served task under watch: its state, its share of traffic, and the audits on their way."""

from __future__ import annotations

import json
import random
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

from modicum.ledger.watch_store import AlarmRow, AuditRow, MoveRow, WatchStore
from modicum.serve import judge
from modicum.serve.settings import WatchSettings
from modicum.watch.audit import Budget, Choice, Kind, Sampler
from modicum.watch.baseline import beside
from modicum.watch.drift import FEATURES, InputDrift
from modicum.watch.opened import digest_of, received_by, state_of
from modicum.watch.promotion import Plan
from modicum.watch.scoring import scorer_of
from modicum.watch.staleness import template_of
from modicum.watch.state import BESIDE
from modicum.watch.summary import staleness
from modicum.watch.usual import Usual
from modicum.watch.watch import Alarm

if TYPE_CHECKING:
    from modicum.serve.hooks import Asked
    from modicum.serve.served import ServedTask

MOST_SEEN = 20_000
"""Inputs judged in the shadow that are not judged again."""
MOST_WAITING = 500
"""Audits waiting for the reference; beyond it they are dropped, and counted."""


@dataclass(slots=True)
class Job:
    """An audit to be made: what was asked, what is known already, and how it was chosen.

    handed_on: the small candidate was unsure, so the caller has the reference's answer: no loss.
    loss: once compared; an audit that the ledger could not take waits with it.
    others: losses of other candidates on it, by name, until they are in the ledger.
    """

    kind: Kind
    asked: Asked
    choice: Choice
    request: str
    small: str | None
    reference: str | None
    handed_on: bool = False
    loss: float | None = None
    others: dict[str, float] = field(default_factory=dict)


class KeptTask:
    """What the keeper holds of one task; everything of it that others must see is in the ledger."""

    def __init__(
        self,
        task: ServedTask,
        store: WatchStore,
        settings: WatchSettings,
        rng: random.Random,
        now_ms: int,
    ) -> None:
        self.task, self.store, self.settings = task, store, settings
        document = task.decision.model_dump_json()
        row = store.open(task.name, digest_of(task.decision), document, now_ms)
        self.watch = row.id
        received = received_by(store, row.number)
        self.state = state_of(store, row.id, row.number, row.document, received)
        budget = Budget(settings.energy_j_per_day, settings.money_per_day)
        most = settings.unsure_rate
        self.audits = Sampler(
            settings.rate,
            rng,
            budget,
            unsure=settings.unsure,
            unsure_rate=None if most is None else max(most, settings.rate),
        )
        self.shadows = Sampler(settings.shadow_rate, rng, budget)
        self.drift = InputDrift(FEATURES, rng)
        self.prompt = Usual()
        self.waiting: deque[Job] = deque()
        self.unwritten: list[tuple[str, str]] = []
        self._told: set[str] = set()
        self._stale = ""
        self._seen: OrderedDict[bytes, None] = OrderedDict()
        self.share = 0.0 if settings.shadow else 1.0
        self.classes = _classes(task)
        self.score = scorer_of(task.decision.task)
        names = self.state.baseline.streams
        self.columns = frozenset(s.name.partition("=")[0] for s in names if "=" in s.name)

    def begin(self, now_ms: int) -> None:
        """Fold the record, and put down how this task is served, where no promotion has said so."""
        self.state.refresh()
        others = beside(self.task.decision)
        if others != self.state.baseline.others:  # the same study run again may have kept others
            self.store.add_condition(self.watch, now_ms, BESIDE, json.dumps(others))
        last = self.state.moves[-1].kind if self.state.moves else None
        move = Plan.told(last, shadow=self.settings.shadow)
        if move is not None:
            row = MoveRow(now_ms, move.kind, move.share, move.reason, self.state.last_audit, "")
            self.store.add_move(self.watch, row)
        self.refresh(now_ms)

    def is_news(self, text: str) -> bool:
        """Whether this input was not judged in the shadow lately."""
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if digest in self._seen:
            return False
        self._seen[digest] = None
        if len(self._seen) > MOST_SEEN:
            self._seen.popitem(last=False)
        return True

    def wait(self, job: Job) -> bool:
        """Put an audit in the queue; False where it is full, and the audit is dropped."""
        if len(self.waiting) >= MOST_WAITING:
            return False
        self.waiting.append(job)
        return True

    def record(self, job: Job, slices: Sequence[str], now_ms: int) -> None:
        """Write a compared audit to the ledger, with its texts where they may be kept."""
        right = job.reference or ""
        row = AuditRow(
            0,
            now_ms,
            job.kind,
            job.request,
            job.loss or 0.0,
            job.choice.probability,
            job.choice.floor,
            tuple(slices),
        )
        texts = None
        if self.settings.keep_texts:
            texts = (job.asked.text or "", job.small or "", right) if right else None
        self.store.add_audit(self.watch, row, texts, job.asked.user)

    def record_others(self, job: Job, now_ms: int) -> None:
        """Write what other candidates came to; one that is written is taken off the job."""
        for name, loss in list(job.others.items()):
            choice = job.choice
            at = (0, now_ms, "other", job.request, loss, choice.probability, choice.floor)
            self.store.add_audit(self.watch, AuditRow(*at, (name,)), None)
            del job.others[name]

    def see(self, name: str, value: str, now_ms: int) -> None:
        """Take a condition in; what is news goes to the ledger."""
        if self.state.conditions.news(name, value):
            self.store.add_condition(self.watch, now_ms, name, value)

    def saw(self, name: str, value: str | None) -> None:
        """A condition as an answer showed it; what is news is written at the next round."""
        if value is not None and self.state.conditions.news(name, value):
            self.unwritten.append((name, value))

    def saw_prompt(self, asked: Asked) -> None:
        """Whether callers who name the task still send the template of its settings."""
        if asked.model == self.task.name:
            self.saw("prompt", self.prompt.add("as set" if asked.text is not None else "another"))

    def saw_system(self, asked: Asked) -> None:
        """The same where the settings have no template, from a request that is audited."""
        if self.task.template is None and (messages := judge.messages_of(asked.body)) is not None:
            self.saw("prompt", self.prompt.add(template_of(messages)))

    def take_input(self, text: str, now_ms: int) -> None:
        """Feed the drift test with a sampled input."""
        before = self.drift.drifted
        self.drift.add(text)
        if self.drift.drifted != before:
            self.see("inputs", ", ".join(self.drift.drifted), now_ms)

    def refresh(self, now_ms: int) -> list[str]:
        """Fold what is new in the ledger, act on it; returns what should be logged."""
        state = self.state
        state.refresh()
        said = [f"{self.task.name}: {a}" for a in state.alarms if self._tell(a, now_ms)]
        if (stale := staleness(state)) != self._stale:
            self._stale = stale
            said += [f"{self.task.name} is stale, check it again: {stale}"] if stale else []
        return said + self._move(0.0 if state.share is None else state.share, now_ms)

    def _tell(self, alarm: Alarm, now_ms: int) -> bool:
        """Put an alarm on record; False where it is there already."""
        row = AlarmRow(
            now_ms,
            alarm.stream,
            alarm.audit,
            alarm.audits,
            alarm.e_value,
            alarm.bound,
            alarm.alpha,
            alarm.rate,
        )
        if alarm.stream in self._told:
            return False
        self._told.add(alarm.stream)
        return self.store.add_alarm(self.watch, row)

    def _move(self, share: float, now_ms: int) -> list[str]:
        """Go on with a promotion, or take it back."""
        state, plan = self.state, self.state.plan
        alarms = [str(alarm) for alarm in state.alarms]
        if share >= 1 and self.settings.on_alarm == "report":
            alarms = []
        move = plan.next_move(share, state.audits_in_step, alarms, stale=bool(state.changes))
        self.share = share if move is None else move.share
        if move is None:
            return []
        row = MoveRow(now_ms, move.kind, move.share, move.reason, state.last_audit, str(plan))
        self.store.add_move(self.watch, row)
        return [f"{self.task.name}: {move.kind}, small answers {move.share:.0%}: {move.reason}"]


def _classes(task: ServedTask) -> tuple[str, ...] | None:
    """The classes of the candidate that answers, where it tells them; a remote one is not asked."""
    if task.decision.task.kind != "classify" or task.decision.task.multi_label:
        return None
    local = next((stage for stage in task.stages if not stage.remote), None)
    found = local.candidate.answer(["?"]).classes if local is not None else None
    return tuple(found) if found else None
