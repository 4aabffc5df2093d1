"""The state of one worker: its tasks, upstreams, keys and limits, and what others plug in.

Others plug in here: `choosers`, `observers` and `background` (see `hooks`), and `routes`, further
paths that answer beside the hot ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from modicum.errors import LedgerError
from modicum.ledger import Ledger
from modicum.ledger.keys import KeyStore
from modicum.ledger.limits import LimitStore
from modicum.serve.answer_cache import AnswerCache
from modicum.serve.budget import Budget
from modicum.serve.hooks import Asked, Background, Choice, Chooser
from modicum.serve.journal import Journal
from modicum.serve.keyring import NOBODY, Caller, KeyRing
from modicum.serve.loading import check_consent, load_tasks
from modicum.serve.metrics import Metrics
from modicum.serve.models import Models
from modicum.serve.places import shared_metrics, state_folder
from modicum.serve.recorder import Recorder
from modicum.serve.served import ServedTask
from modicum.serve.sessions import Sessions
from modicum.serve.settings import Settings
from modicum.serve.upstream import Upstream

log = logging.getLogger("modicum.serve")
KEYS_EVERY_S = 2.0


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
        self.keys = KeyStore(ledger.engine, clock_ms)
        self.ring = KeyRing()
        self.budget = Budget(LimitStore(ledger.engine), clock_ms)
        self.metrics = Metrics(shared_metrics())
        self.recorder = Recorder(
            journal, ledger, self.budget, self.metrics, settings.money, clock_ms
        )
        self.record = self.recorder.record  # bound once: it is on the way of every request
        self.upstream_constants = self.recorder.upstream_constants
        self.observers = self.recorder.observers
        self.choosers: list[Chooser] = []
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
        for task in tasks.values():
            self.recorder.announce(task)

    async def start(self) -> None:
        """Read the keys, begin the drain and what runs in the background."""
        self.started = True
        if self.settings.server.auth:
            await asyncio.to_thread(self.read_keys)
        self.recorder.drain.start()
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
        empty = await asyncio.to_thread(self.recorder.drain.stop, self.settings.server.stop_s)
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
        """The task whose template these messages fill in, and the input; the longest one wins.

        None where no template fits, or where two of the same length do: then nobody can be sure.
        """
        best: tuple[ServedTask, str] | None = None
        weight = -1
        for task in self.tasks.values():
            template = task.template
            if template is None or template.weight < weight:
                continue
            text = template.input_of(messages)
            if text is not None:
                best = (task, text) if template.weight > weight else None
                weight = template.weight
        return best

    def reload(self, name: str) -> ServedTask:
        """Load a task's folder anew and swap it in; what is being answered keeps the old one.

        Raises:
            ModicumError: the folder cannot be loaded; the old one goes on.
        """
        old = self.tasks[name]
        shadow = self.settings.watch.shadow
        new = ServedTask.load(name, old.settings, self.settings.money, shadow=shadow)
        check_consent(new, self.settings)
        self.recorder.announce(new)
        self.tasks[name] = new
        return new


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
