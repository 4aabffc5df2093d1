"""The state of one worker, and the way that every answered request takes through it.

Others plug in here: `choosers`, `observers` and `background` (see `hooks`), and `routes`, further
paths that answer beside the hot ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modicum.decision.consent import demand
from modicum.errors import LedgerError, ServeError
from modicum.ledger import Ledger
from modicum.ledger.keys import KeyStore
from modicum.ledger.limits import LimitStore
from modicum.ledger.records import RequestRecord
from modicum.ledger.traffic import TrafficStore
from modicum.serve.answer_cache import AnswerCache
from modicum.serve.budget import Budget
from modicum.serve.constants import ConstantSet
from modicum.serve.drain import Drain
from modicum.serve.hooks import Answered, Asked, Background, Choice, Chooser, Observer
from modicum.serve.journal import Journal
from modicum.serve.keyring import NOBODY, Caller, KeyRing
from modicum.serve.metrics import Metrics
from modicum.serve.models import LONGEST_NAME, Models, Target
from modicum.serve.rates import of_candidate, of_upstream
from modicum.serve.served import Outcome, ServedTask
from modicum.serve.sessions import Sessions
from modicum.serve.settings import Settings
from modicum.serve.upstream import Upstream

log = logging.getLogger("modicum.serve")
KEYS_EVERY_S = 2.0
MOST_LABELS = 200
SHARED_METRICS = "MODICUM_SERVE_METRICS"
_NOTHING: tuple[float | None, ...] = (None, None, None)


class Gateway:
    """One worker.  Build it with `open_gateway`; `start` and `stop` belong to the event loop."""

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        journal: Journal,
        tasks: dict[str, ServedTask],
        clock_ms: Callable[[], int],
    ) -> None:
        self.settings, self.ledger, self.journal, self.tasks = settings, ledger, journal, tasks
        self.clock_ms = clock_ms
        self.upstreams = {n: Upstream(n, s) for n, s in settings.upstreams.items()}
        self.models = Models(settings, self.upstreams)
        self.traffic = TrafficStore(ledger.engine)
        self.keys = KeyStore(ledger.engine, clock_ms)
        self.ring = KeyRing()
        self.budget = Budget(LimitStore(ledger.engine), clock_ms)
        self.metrics = Metrics(shared_metrics())
        self.drain = Drain(journal, self.traffic)
        self.choosers: list[Chooser] = []
        self.observers: list[Observer] = []
        self.background: list[Background] = [_refresh_keys]
        self.routes: dict[str, Any] = {}
        self.cache: AnswerCache | None = None
        self.sessions: Sessions | None = None
        self.stopping = False
        self.started_at = clock_ms() // 1000
        self.listed: dict[str, tuple[float, list[str]]] = {}
        self.started = False
        self._reading = threading.Lock()
        self._running: set[asyncio.Future[None]] = set()
        self._upstream_constants: dict[tuple[str, str, str], ConstantSet] = {}
        self._recorded: set[str] = set()
        self._unrecorded: list[ConstantSet] = []
        self.journal.on_trouble = self.drain.on_trouble = self._trouble
        self.drain.on_round = self._each_round
        for task in tasks.values():
            self._announce(task)

    async def start(self) -> None:
        """Read the keys, begin the drain and what runs in the background."""
        self.started = True
        if self.settings.server.auth:
            await asyncio.to_thread(self.read_keys)
        self.drain.start()
        for work in self.background:
            self._running.add(asyncio.ensure_future(work(self)))

    async def stop(self) -> None:
        """Cancel the background, close connections, empty the journal into the ledger."""
        self.stopping = True
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        for upstream in self.upstreams.values():
            upstream.close()
        with contextlib.suppress(LedgerError):  # away: the shares stay taken
            await asyncio.to_thread(self.budget.settle)
        empty = await asyncio.to_thread(self.drain.stop, self.settings.server.stop_s)
        self.journal.close(empty=empty)
        for task in self.tasks.values():
            task.close()
        self.ledger.close()

    def read_keys(self) -> None:
        """Take keys and limits from the ledger (blocking); raises LedgerError, changing nothing."""
        with self._reading:  # an admin's change may come amid the round of every few seconds
            keys, limits = self.keys.all(), self.budget.store.all()
            self.ring.replace(keys)
            self.budget.settle(self.budget.replace(limits))

    def caller(self, authorization: bytes | None, api_key: bytes | None) -> Caller:
        """Who calls; raises Problem 401."""
        if not self.settings.server.auth:
            return NOBODY
        return self.ring.caller(authorization, api_key)

    def choose(self, asked: Asked) -> Choice:
        """Where a task's request goes first."""
        for chooser in self.choosers:
            found = chooser(asked)
            if found is not None:
                return found
        return "small"

    def recognise(self, messages: list[dict[str, Any]]) -> tuple[ServedTask, str] | None:
        """The task whose template these messages fill in, and the input; the longest one wins."""
        best: tuple[ServedTask, str] | None = None
        weight = -1
        for task in self.tasks.values():
            template = task.template
            if template is None or template.weight <= weight:
                continue
            text = template.input_of(messages)
            if text is not None:
                best, weight = (task, text), template.weight
        return best

    def upstream_constants(self, target: Target, outcome: Outcome | None) -> ConstantSet:
        """What a request uses that this target answered, after what a task tried in vain."""
        tried = outcome.constants if outcome is not None else None
        key = (target.upstream.name, target.model, tried.id if tried is not None else "")
        found = self._upstream_constants.get(key)
        if found is None:
            upstream, money = target.upstream.settings, self.settings.money
            found = of_upstream(target.model, upstream.region, money, upstream.price(target.model))
            found = found if tried is None else tried.plus(found)
            if len(target.model) <= LONGEST_NAME and len(self._upstream_constants) < MOST_LABELS:
                self._upstream_constants[key] = found
        return found

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

    def _announce(self, task: ServedTask) -> None:
        """Tell the ledger what a task's candidate and its reference use per request."""
        decision, money, now = task.decision, self.settings.money, self.clock_ms()
        for role, name in (
            ("recommended", decision.recommended),
            ("reference", decision.reference),
        ):
            constants = of_candidate(decision, name, money)
            self.traffic.add_constants(constants.rows())
            self._recorded.add(constants.id)
            self.traffic.add_route(now, task.name, name, role, constants.id, task.digest)

    def reload(self, name: str) -> ServedTask:
        """Load a task's folder anew and swap it in; what is being answered keeps the old one.

        Raises:
            ModicumError: the folder cannot be loaded; the old one goes on.
        """
        old = self.tasks[name]
        new = ServedTask.load(name, old.settings, self.settings.money)
        check_consent(new, self.settings)
        self._announce(new)
        self.tasks[name] = new
        return new

    def _each_round(self) -> None:
        self.metrics.dropped = self.journal.dropped
        self.metrics.share()
        while self._unrecorded:
            self.traffic.add_constants(self._unrecorded[0].rows())
            self._unrecorded.pop(0)

    def _trouble(self, message: str) -> None:
        self.metrics.troubles += 1
        log.warning("%s", message)


async def _refresh_keys(gateway: Gateway) -> None:
    while gateway.settings.server.auth:
        await asyncio.sleep(KEYS_EVERY_S)
        # The database may be away; the keys read last stay valid until it is back.
        with contextlib.suppress(LedgerError):
            await asyncio.to_thread(gateway.read_keys)


def open_gateway(
    settings: Settings, ledger: Ledger, clock_ms: Callable[[], int] | None = None
) -> Gateway:
    """Load every task and open the journal.

    Raises:
        ModicumError: a decision, key or folder that cannot be used.
    """
    clock = clock_ms or (lambda: time.time_ns() // 1_000_000)
    tasks = load_tasks(settings)
    server = settings.server
    journal = Journal(state_folder(server.state) / "journal", server.journal_mb << 20)
    return Gateway(settings, ledger, journal, tasks, clock)


def load_tasks(settings: Settings) -> dict[str, ServedTask]:
    """Every task of the settings, by name; raises ModicumError where one cannot be loaded."""
    if "auto" in settings.tasks:
        raise ServeError("a task cannot be called 'auto', which recognises tasks: rename it")
    found = {
        name: ServedTask.load(name, each, settings.money) for name, each in settings.tasks.items()
    }
    for task in found.values():
        check_consent(task, settings)
    return found


def check_consent(task: ServedTask, settings: Settings) -> None:
    """Refuse to answer with what is not proven for a slice, unless a person accepted it by name.

    In the shadow the reference answers, so nobody's quality is at stake.  Raises DecisionError.
    """
    if settings.watch.shadow:
        return
    folder = Path(task.settings.decision)
    demand(
        task.decision,
        folder,
        f"let who answers for it say so, with --accept-slices NAME or `modicum approve {folder} "
        "--slice COLUMN=VALUE --name NAME`, or serve with --shadow",
    )


def shared_metrics() -> Path | None:
    """The folder that several workers share, told by their parent."""
    given = os.environ.get(SHARED_METRICS)
    return Path(given) if given else None


def state_folder(given: Path | None) -> Path:
    """Where the journals are."""
    import platformdirs

    return given or platformdirs.user_state_path("modicum") / "serve"
