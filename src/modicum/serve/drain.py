"""From the journals into the ledger, on a thread of its own: batches, retries, exactly once."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from modicum.errors import LedgerError
from modicum.ledger.records import RequestRecord
from modicum.ledger.traffic import TrafficStore
from modicum.serve.journal import Journal, lock, read_lines, segments_of

log = logging.getLogger("modicum.serve")
BATCH = 2_000
CHUNK = 1 << 20


class Drain:
    """Moves records from this worker's journal, and from those of dead workers, to the ledger."""

    def __init__(
        self, journal: Journal, store: TrafficStore, *, pause_s: float = 0.5, adopt_s: float = 10.0
    ) -> None:
        self.journal, self.store = journal, store
        self.pause_s, self.adopt_s = pause_s, adopt_s
        self.written = 0
        self.trouble: str | None = None
        self.on_trouble: Callable[[str], None] = lambda _: None
        self.on_round: Callable[[], None] = lambda: None
        self._stop = threading.Event()
        self._offset, self._until = 0, 0.0
        self._thread = threading.Thread(target=self._run, name="modicum-drain", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Take over what is left, as far as the time goes; whether the ledger has all of it."""
        self._until = time.monotonic() + timeout_s
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s + 5.0)
        return not self._thread.is_alive() and self.trouble is None

    def _run(self) -> None:
        waited, pause = self.adopt_s, self.pause_s
        while True:
            stopping = self._stop.is_set()
            try:
                self.on_round()
                self.round()
                if waited >= self.adopt_s:
                    self.adopt()
                    waited = 0.0
                self.trouble, pause = None, self.pause_s
            except (LedgerError, OSError) as error:
                # The database or the disk is away: all of it stays in the journal until it is back.
                if self.trouble is None:
                    self.on_trouble(f"{error}: records stay in the journal until it is back")
                self.trouble, pause = str(error), min(pause * 2, 5.0)
            except Exception as error:  # the thread must live: told, and tried again
                log.exception("the drain failed")
                self.trouble, pause = repr(error), min(pause * 2, 5.0)
            if stopping and (self.trouble is None or time.monotonic() > self._until):
                return
            if stopping:
                time.sleep(pause)
            else:
                self._stop.wait(pause)
            waited += pause

    def round(self) -> int:
        """Move what is there now; returns how many records were new to the ledger."""
        moved = self._held()
        for path in self.journal.segments():
            written = self.journal.is_written(path)  # asked before it is read to its end
            while data := self._read(path):
                records, used = read_lines(data)
                if not used:
                    break
                moved += self._add(self.journal.worker, records)
                self._offset += used
            if not written:
                break
            path.unlink()
            self.journal.freed()
            self._offset = 0
        return moved

    def _read(self, path: Path) -> bytes:
        with path.open("rb") as file:
            file.seek(self._offset)
            return file.read(CHUNK)

    def _held(self) -> int:
        held = list(self.journal.held)
        added = self._add(self.journal.worker, held)
        for _ in held:
            self.journal.held.popleft()
        return added

    def _add(self, worker: int, records: list[RequestRecord]) -> int:
        added = 0
        for start in range(0, len(records), BATCH):
            added += self.store.add(worker, records[start : start + BATCH])
        self.written += added
        return added

    def adopt(self) -> int:
        """Take over the journals of workers that are dead; returns how many records were new."""
        added = 0
        for path in self.journal.folder.glob("*.lock"):
            worker = int(path.stem) if path.stem.isdigit() else self.journal.worker
            if worker == self.journal.worker:
                continue
            try:
                handle = lock(path)
            except OSError:
                continue  # it is alive
            try:
                added += self._replay(worker)
                path.unlink(missing_ok=True)
            finally:
                os.close(handle)
        return added

    def _replay(self, worker: int) -> int:
        added = 0
        for segment in segments_of(self.journal.folder, worker):
            added += self._replay_file(worker, segment)
            segment.unlink(missing_ok=True)
        return added

    def _replay_file(self, worker: int, path: Path) -> int:
        added, at = 0, 0
        data = path.read_bytes()
        while True:
            records, used = read_lines(data[at : at + CHUNK])
            if not used:
                return added
            added += self._add(worker, records)
            at += used
