"""Each worker's journal: every record is in its file before the reply goes out.

A segment is a file of fixed size mapped into memory, so that a record costs a copy and no call to
the system: JSON lines, one array a record, then zeros.  A killed process loses nothing that was
answered (the operating system holds the pages); a power cut may lose what was not on disk yet.  The
space is claimed when a segment is made, so that a full disk shows there.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import secrets
from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec

from modicum.errors import ServeError
from modicum.ledger.records import RequestRecord

SEGMENT_BYTES = 1 << 20
"""What is written of one stays in memory until the next: it is kept small."""
MEMORY_RECORDS = 10_000
"""What is held in memory while the disk refuses; what comes after is dropped and counted."""


class Journal:
    """The journal of this process; the lock on its file tells others that it is alive."""

    def __init__(self, folder: Path, most_bytes: int, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.folder, self.size = folder, segment_bytes
        self.most_segments = max(most_bytes // segment_bytes, 2)
        self.worker = secrets.randbits(62)
        self.sequence = 0
        self.dropped = 0
        self.held: deque[RequestRecord] = deque()
        self.on_trouble: Callable[[str], None] = lambda _: None
        self._encode = msgspec.json.Encoder().encode
        self._segment, self._at, self._segments = 0, 0, 1
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = lock(folder / f"{self.worker}.lock")
            self._map: mmap.mmap | None = self._open()
        except OSError as error:
            raise ServeError(
                f"the journal's folder {folder} cannot be written ({error.strerror}): give "
                "another as [server] state"
            ) from None

    def _open(self) -> mmap.mmap:
        path = self.folder / f"{self.worker}-{self._segment:08d}.jsonl"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(handle, 0, self.size)
            return mmap.mmap(handle, self.size)
        except OSError:
            path.unlink(missing_ok=True)
            raise
        finally:
            os.close(handle)

    def next(self) -> int:
        """The number of the next record."""
        self.sequence += 1
        return self.sequence

    def append(self, record: RequestRecord) -> None:
        """Write one record; where the disk refuses, hold it in memory as far as that goes."""
        line = self._encode(record) + b"\n"
        end = self._at + len(line)
        if (self._map is None or end > self.size) and not self._roll(record):
            return
        assert self._map is not None  # noqa: S101 (rolled just now)
        self._map[self._at : self._at + len(line)] = line
        self._at += len(line)

    def _roll(self, record: RequestRecord) -> bool:
        """Begin the next segment; False where there is no room, and the record was held."""
        try:
            if self._segments >= self.most_segments:
                self._hold(record, "the journal is full")
                return False
            if self._map is not None:
                self._map.close()
                self._map, self._segment = None, self._segment + 1
            self._map = self._open()
        except OSError as error:
            self._hold(record, error.strerror or "unknown")
            return False
        self._at, self._segments = 0, self._segments + 1
        return True

    def _hold(self, record: RequestRecord, cause: str) -> None:
        if len(self.held) < MEMORY_RECORDS:
            if not self.held:
                self.on_trouble(f"records are held in memory: {cause}")
            self.held.append(record)
        else:
            if not self.dropped:
                self.on_trouble(f"records are dropped: {cause}, and memory for them is full")
            self.dropped += 1

    def segments(self) -> list[Path]:
        """The files there are, the oldest first."""
        return segments_of(self.folder, self.worker)

    def is_written(self, path: Path) -> bool:
        """Whether nothing will be added to a segment any more."""
        return path.stem != f"{self.worker}-{self._segment:08d}"

    def freed(self) -> None:
        """A segment was taken over by the ledger and deleted."""
        self._segments -= 1

    def close(self, *, empty: bool) -> None:
        """Release the files, and delete them where the ledger has all of it."""
        if self._map is not None:
            self._map.close()
        if empty:
            for path in (*self.segments(), self.folder / f"{self.worker}.lock"):
                path.unlink(missing_ok=True)
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
    """The whole records at the beginning of `data`, and how many bytes they took."""
    stop = data.find(b"\0")
    end = data.rfind(b"\n", 0, len(data) if stop < 0 else stop) + 1
    return [_decode(line) for line in data[:end].splitlines()], end


_decode = msgspec.json.Decoder(RequestRecord).decode
