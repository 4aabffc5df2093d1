"""The recorder: every answered request goes through it, before its reply goes out.

It writes the request to the journal, charges its key, counts it and tells the observers.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from modicum.ledger import Ledger
from modicum.ledger.records import RequestRecord
from modicum.ledger.traffic import TrafficStore
from modicum.serve.budget import Budget
from modicum.serve.constants import ConstantSet
from modicum.serve.drain import Drain
from modicum.serve.hooks import Answered, Asked, Observer
from modicum.serve.journal import Journal
from modicum.serve.keyring import Caller
from modicum.serve.metrics import Metrics
from modicum.serve.models import LONGEST_NAME, Target
from modicum.serve.rates import of_candidate, of_upstream
from modicum.serve.served import Outcome, ServedTask
from modicum.serve.settings import MoneySettings

log = logging.getLogger("modicum.serve")
MOST_LABELS = 200
_NOTHING: tuple[float | None, ...] = (None, None, None)


class Recorder:
    """What one worker puts down of its requests, and the constants that tell what they used."""

    def __init__(
        self,
        journal: Journal,
        ledger: Ledger,
        budget: Budget,
        metrics: Metrics,
        money: MoneySettings,
        clock_ms: Callable[[], int],
    ) -> None:
        self.journal, self.budget, self.metrics = journal, budget, metrics
        self.money, self.clock_ms = money, clock_ms
        self.traffic = TrafficStore(ledger.engine)
        self.drain = Drain(journal, self.traffic)
        self.observers: list[Observer] = []
        self._upstreams: dict[tuple[str, str, str], ConstantSet] = {}
        self._recorded: set[str] = set()
        self._unrecorded: list[ConstantSet] = []
        self.journal.on_trouble = self.drain.on_trouble = self._trouble
        self.drain.on_round = self._each_round

    def record(
        self,
        asked: Asked,
        constants: ConstantSet | None,
        *,
        route: str,
        tried: str = "",
        status: int,
        started: float,
        first: float | None = None,
        tokens: tuple[int | None, int | None, int | None] = (0, 0, 0),
        inputs: int = 1,
        attempts: int = 1,
        cause: str = "",
        value: str | None = None,
        confidence: float | None = None,
        reply: bytes | None = None,
    ) -> RequestRecord:
        """Write the request to the journal, count it, and tell the observers: before the reply."""
        if constants is not None and constants.id not in self._recorded:
            self._recorded.add(constants.id)
            self._unrecorded.append(constants)
        caller = asked.caller
        record = RequestRecord(
            self.journal.next(),
            self.clock_ms(),
            asked.endpoint,
            asked.task.name if asked.task is not None else "",
            asked.model[:200],
            route[:200],
            tried,
            constants.id if constants is not None else "",
            caller.key_id,
            caller.team,
            caller.project,
            inputs,
            *tokens,
            int((time.perf_counter() - started) * 1e6),
            None if first is None else int((first - started) * 1e6),
            status,
            attempts,
            cause,
        )
        self.journal.append(record)
        self._count(record, constants, caller)
        if self.observers:
            answered = Answered(record, asked, value, confidence, reply)
            for observer in self.observers:
                observer(answered)
        return record

    def _count(self, record: RequestRecord, constants: ConstantSet | None, caller: Caller) -> None:
        tokens_in, tokens_out = record.tokens_in, record.tokens_out
        used = _NOTHING
        if constants is not None:
            used = constants.told(tokens_in, tokens_out, record.inputs)[0]
        if caller.key_id:
            self.budget.spend(record, caller, used)
        series = self.metrics.series(record.task, record.route, record.outcome)
        series.add(record.latency_us, used, tokens_in, tokens_out)

    def announce(self, task: ServedTask) -> None:
        """Tell the ledger what a task's candidate and its reference use per request."""
        decision, money, now = task.decision, self.money, self.clock_ms()
        for role, name in (
            ("recommended", decision.recommended),
            ("reference", decision.reference),
        ):
            constants = of_candidate(decision, name, money)
            self.traffic.add_constants(constants.rows())
            self._recorded.add(constants.id)
            self.traffic.add_route(now, task.name, name, role, constants.id, task.digest)

    def upstream_constants(self, target: Target, outcome: Outcome | None) -> ConstantSet:
        """What a request uses that this target answered, after what a task tried in vain."""
        tried = outcome.constants if outcome is not None else None
        key = (target.upstream.name, target.model, tried.id if tried is not None else "")
        found = self._upstreams.get(key)
        if found is None:
            upstream = target.upstream.settings
            found = of_upstream(
                target.model, upstream.region, self.money, upstream.price(target.model)
            )
            found = found if tried is None else tried.plus(found)
            if len(target.model) <= LONGEST_NAME and len(self._upstreams) < MOST_LABELS:
                self._upstreams[key] = found
        return found

    def _each_round(self) -> None:
        self.metrics.dropped = self.journal.dropped
        self.metrics.share()
        while self._unrecorded:
            self.traffic.add_constants(self._unrecorded[0].rows())
            self._unrecorded.pop(0)

    def _trouble(self, message: str) -> None:
        self.metrics.troubles += 1
        log.warning("%s", message)
