"""Bounds of one upstream's answer: until its first byte, and until its last."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from modicum.serve.settings import UpstreamSettings

if TYPE_CHECKING:
    from modicum.serve.answer import Answer
    from modicum.serve.pool import Pool

Headers = list[tuple[bytes, bytes]]


async def ask(
    pool: Pool, settings: UpstreamSettings, path: str, headers: Headers, body: bytes
) -> Answer:
    """POST within the settings' bounds; without any, this is the pool's own `ask`.

    Raises:
        OSError: the upstream cannot be reached, or broke off.
        TimeoutError: its head came too late.
    """
    first, total = settings.first_byte_timeout_s, settings.total_timeout_s
    if first is None and total is None:
        return await pool.ask("POST", path, headers, body)
    due = asyncio.get_running_loop().time() + total if total is not None else None
    async with asyncio.timeout(min(t for t in (first, total) if t is not None)):
        answer = await pool.ask("POST", path, headers, body)
    return answer if due is None else Bounded(answer, due)  # type: ignore[return-value]


class Bounded:
    """An answer that must be whole by `due`, a time of the event loop; else TimeoutError."""

    def __init__(self, answer: Answer, due: float) -> None:
        self._answer, self._due = answer, due

    async def read(self, most: int | None = None) -> bytes:
        """The whole body."""
        async with asyncio.timeout_at(self._due):
            return await (self._answer.read() if most is None else self._answer.read(most))

    async def part(self) -> bytes:
        """The next part of the body, b"" at its end."""
        async with asyncio.timeout_at(self._due):
            return await self._answer.part()

    def __getattr__(self, name: str) -> object:
        return getattr(self._answer, name)
