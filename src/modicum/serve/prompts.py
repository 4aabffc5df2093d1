"""Prompts stored by consent: `store_prompts = true` of a task; redacted before they are stored.

An answer waits for nothing: its texts go to a bounded queue, and a thread redacts and writes them.
What does not fit any more while the ledger is away is dropped, and counted.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from modicum.errors import LedgerError
from modicum.ledger.text_store import StoredText, TextStore
from modicum.serve import judge

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway
    from modicum.serve.hooks import Answered

log = logging.getLogger("modicum.serve")
MOST_WAITING = 10_000
EVERY_S, ERASE_EVERY_S = 1.0, 60.0
_DAY_MS = 86_400_000
Waiting = tuple[StoredText, bytes | None]
"""A row, and the reply that its answer is still to be read from."""


class Prompts:
    """Stores the texts of the tasks that may be stored.  redact: masks a text by rule."""

    def __init__(self, gateway: Gateway, redact: Callable[[str], str]) -> None:
        self.gateway, self.redact = gateway, redact
        self.store = TextStore(gateway.ledger.engine)
        self.waiting: deque[Waiting] = deque()
        self.dropped = 0

    def plug(self) -> None:
        """Hang itself into the gateway's hooks."""
        self.gateway.observers.append(self.observe)
        self.gateway.background.append(self.run)

    def observe(self, answered: Answered) -> None:
        """Queue a request's texts; returns at once."""
        asked, record = answered.asked, answered.record
        task = asked.task
        if task is None or asked.text is None or not task.settings.store_prompts:
            return
        if record.status >= 400 or record.endpoint == "audit":
            return
        if len(self.waiting) >= MOST_WAITING:
            self.dropped += 1
            return
        expires = record.at + int(task.settings.store_days * _DAY_MS)
        row = StoredText(
            self.gateway.journal.worker,
            record.sequence,
            record.at,
            expires,
            asked.user,
            task.name,
            asked.text,
            answered.value or "",
        )
        self.waiting.append((row, answered.reply if answered.value is None else None))

    async def run(self, gateway: Gateway) -> None:
        """Write what waits and erase what expired, until cancelled; then write the rest."""
        erased = float("-inf")
        loop = asyncio.get_running_loop()
        try:
            while True:
                await asyncio.sleep(EVERY_S)
                due = loop.time() - erased >= ERASE_EVERY_S
                try:
                    await asyncio.to_thread(self.write, erase=due)
                    erased = loop.time() if due else erased
                except LedgerError as error:
                    log.warning("stored prompts wait: %s", error)
        finally:
            try:
                await asyncio.to_thread(self.write)
            except LedgerError as error:
                log.warning("%d prompts were not stored: %s", len(self.waiting), error)

    def write(self, *, erase: bool = False) -> None:
        """Redact and store what waits (blocking); raises LedgerError, with nothing lost."""
        if erase:
            self.store.erase(expired=self.gateway.clock_ms())
        while self.waiting:
            batch = [self.waiting[i] for i in range(min(500, len(self.waiting)))]
            self.store.add([self._redacted(each) for each in batch])
            for _ in batch:
                self.waiting.popleft()
        if self.dropped:
            log.warning("%d prompts were dropped: the queue was full", self.dropped)
            self.dropped = 0

    def _redacted(self, waiting: Waiting) -> StoredText:
        row, reply = waiting
        told = row.reply if reply is None else judge.reply_text(reply) or ""
        return row._replace(input=self.redact(row.input), reply=self.redact(told))
