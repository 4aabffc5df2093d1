"""Each worker's journal: every record is on its file before the reply goes out.

Segments are JSON lines, one array a record.  A killed process loses nothing that was answered (the
operating system holds the written pages); a power cut may lose what was not flushed to disk yet.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec

from modicum.errors import ServeError
from modicum.ledger.records import RequestRecord

SEGMENT_RECORDS = 20_000
MEMORY_RECORDS = 10_000
"""What is held in memory while the disk refuses; what comes after is dropped and counted."""


class Journal:
    """The journal of this process; the lock on its file tells others that it is alive."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder, self.most_bytes = folder, most_bytes
        self.worker = secrets.randbits(62)
        self.sequence = 0
        self.dropped = 0
        self.held: deque[RequestRecord] = deque()
        self.on_trouble: Callable[[str], None] = lambda _: None
        self._encode = msgspec.json.Encoder().encode
        self._segment, self._written, self._bytes, self._torn = 0, 0, 0, False
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = lock(folder / f"{self.worker}.lock")
            self._file = self._open()
        except OSError as error:
            raise ServeError(
                f"the journal's folder {folder} cannot be written ({error.strerror}): give "
                "another as [server] state"
            ) from None

    def _path(self, segment: int) -> Path:
        return self.folder / f"{self.worker}-{segment:08d}.jsonl"

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        return os.open(self._path(self._segment), flags, 0o600)

    def next(self) -> int:
        """The number of the next record."""
        self.sequence += 1
        return self.sequence

    def append(self, record: RequestRecord) -> None:
        """Write one record; where the disk refuses, hold it in memory as far as that goes."""
        line = self._encode(record) + b"\n"
        if self._torn:
            line = b"\n" + line
        try:
            if self._bytes + len(line) > self.most_bytes:
                raise OSError(27, "the journal is full")
            written = os.write(self._file, line)
            self._torn = written != len(line)
            if self._torn:
                raise OSError(28, "the disk is full")
        except OSError as error:
            self._hold(record, error.strerror or "unknown")
            return
        self._bytes += len(line)
        self._written += 1
        if self._written >= SEGMENT_RECORDS:
            self._roll()

    def _hold(self, record: RequestRecord, cause: str) -> None:
        if len(self.held) < MEMORY_RECORDS:
            self.held.append(record)
            self.on_trouble(f"a record is held in memory: {cause}")
        else:
            self.dropped += 1
            self.on_trouble(f"a record was dropped: {cause}, and memory for them is full")

    def _roll(self) -> None:
        os.close(self._file)
        self._segment, self._written = self._segment + 1, 0
        self._file = self._open()

    def segments(self) -> list[Path]:
        """The files there are, the oldest first; the last is being written."""
        return segments_of(self.folder, self.worker)

    def freed(self, size: int) -> None:
        """A segment of that size was taken over by the ledger and deleted."""
        self._bytes -= size

    def close(self) -> None:
        """Release the files; what was not taken over stays for the next process."""
        os.close(self._file)
        os.close(self._lock)


def segments_of(folder: Path, worker: int) -> list[Path]:
    """A worker's segments, the oldest first."""
    return sorted(folder.glob(f"{worker}-*.jsonl"))


def lock(path: Path) -> int:
    """Take the lock of a worker; raises BlockingIOError while that worker is alive."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def read_lines(data: bytes) -> tuple[list[RequestRecord], int]:
    """The whole records in `data`, and how many bytes they took; a torn line is passed over."""
    end = data.rfind(b"\n") + 1
    records = []
    for line in data[:end].split(b"\n"):
        if line:
            try:
                records.append(msgspec.json.decode(line, type=RequestRecord))
            except (msgspec.DecodeError, msgspec.ValidationError):
                continue  # torn by a full disk: its record was held in memory, or counted
    return records, end
