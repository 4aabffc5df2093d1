"""An upstream's answer as it comes over a wire, and the ways in which it may not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modicum.serve.wire import Wire

MOST_WHOLE = 1 << 27
"""Bytes of an answer that is held whole; an embedding of a large batch is some tens of MB."""


class BadReplyError(ConnectionError):
    """The upstream broke HTTP, or a bound of ours."""


class CutReplyError(ConnectionError):
    """The connection ended before the answer did."""


class Answer:
    """An upstream's answer: its head is there, its body comes."""

    __slots__ = (
        "_parts", "_size", "_waiter", "_wire", "complete", "error", "headed", "headers", "sized",
        "status",
    )  # fmt: skip

    def __init__(self, wire: Wire) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.headed = self.sized = self.complete = False
        self.error: Exception | None = None
        self._wire, self._parts, self._size = wire, list[bytes](), 0
        self._waiter: asyncio.Future[None] | None = None

    def header(self, name: bytes) -> bytes:
        """The value of a header (its name in lower case), or nothing."""
        return next((value for key, value in self.headers if key == name), b"")

    async def read(self, most: int = MOST_WHOLE) -> bytes:
        """The whole body.

        Raises:
            ConnectionError: it broke off, or is larger than `most` bytes.
            TimeoutError: nothing came for as long as the upstream may take.
        """
        wire = self._wire
        while not self.complete:
            if self._size > most:
                wire.abort()
                raise BadReplyError(f"an answer of more than {most} bytes")
            wire.resume()
            await self.more()
        self.check()
        parts, self._parts = self._parts, []
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def part(self) -> bytes:
        """What came since the last call, b"" at the end; raises as `read` does."""
        if not self._parts:
            if not self.complete:
                await self.more()
            self.check()
            if not self._parts:
                return b""
        parts, self._parts, self._size = self._parts, [], 0
        if not self.complete:
            self._wire.resume()
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def more(self) -> None:
        """Wait for the head, or for more of the body; the caller's leaving closes the wire."""
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        except BaseException:
            self.close()
            raise
        finally:
            self._waiter = None

    def check(self) -> None:
        """Raise what ended the answer early."""
        if self.error is not None:
            raise self.error

    def add(self, data: bytes) -> int:
        """Take a part of the body; returns how many bytes wait."""
        self._parts.append(data)
        self._size += len(data)
        return self._size

    def wake(self) -> None:
        """Tell whoever waits that something came."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def close(self) -> None:
        """Give up what has not come yet; a connection whose answer is whole is kept."""
        if not self.complete:
            self._wire.abort()
