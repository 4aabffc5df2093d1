"""Hedging: where a replica is slow, another is asked too, and the first answer is taken.

It is off unless `hedge_after_s` is set, because it wastes: what the loser had begun is thrown away,
nobody tells what it used, and so it is in no figure; `attempts` of the request's record tells it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from modicum.serve.problem import Problem

if TYPE_CHECKING:
    from modicum.serve.answer import Answer
    from modicum.serve.upstream import Replica, Upstream

Headers = list[tuple[bytes, bytes]]


async def hedged(
    upstream: Upstream, replica: Replica, path: str, body: bytes, headers: Headers
) -> tuple[Replica, Answer | Problem, int]:
    """The replica that answered first, its answer, and how many were asked.

    The second is asked only where there is a replica to ask and the retry budget allows it.
    """
    first = asyncio.ensure_future(upstream.once(replica, path, body, headers))
    asked = {first: replica}
    won: asyncio.Task[Answer | Problem] | None = None
    try:
        await asyncio.wait({first}, timeout=upstream.settings.hedge_after_s)
        other = None if first.done() else upstream.pick(replica)
        if other is not None and other is not replica and upstream.budget.take():
            asked[asyncio.ensure_future(upstream.once(other, path, body, headers))] = other
        won = await _first_answer(set(asked))
        return asked[won], won.result(), len(asked)
    finally:
        for task, at in asked.items():
            if not task.done():
                task.cancel()  # `once` takes it off the replica's count
            elif task is not won:
                _give_up(task, at)


async def _first_answer(
    asked: set[asyncio.Task[Answer | Problem]],
) -> asyncio.Task[Answer | Problem]:
    """The first task that came to an answer; where none did, the last one with a Problem."""
    waiting = set(asked)
    while True:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if not isinstance(task.result(), Problem) or not waiting:
                return task


def _give_up(task: asyncio.Task[Answer | Problem], replica: Replica) -> None:
    found = None if task.cancelled() or task.exception() else task.result()
    if found is not None and not isinstance(found, Problem):
        replica.in_flight -= 1
        found.close()
