"""A request handed on to an upstream, and its answer handed back as it comes."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from modicum.serve.exchange import JSON, Exchange, Gone, Headers, Watch, header_text
from modicum.serve.hooks import Asked
from modicum.serve.models import Target
from modicum.serve.problem import Problem
from modicum.serve.rewrite import cut_event, extended, renamed, usage_event
from modicum.serve.served import Outcome
from modicum.serve.sse import NONE, EventReader, Tokens, usage_of
from modicum.serve.upstream import Reply

if TYPE_CHECKING:
    from modicum.ledger.records import RequestRecord
    from modicum.serve.constants import ConstantSet
    from modicum.serve.gateway import Gateway

TO_UPSTREAM = (
    b"accept", b"openai-organization", b"openai-project", b"openai-beta", b"anthropic-version",
    b"anthropic-beta", b"idempotency-key", b"traceparent", b"tracestate", b"user-agent",
)  # fmt: skip
TO_CALLER = frozenset(
    {
        b"content-type", b"content-encoding", b"retry-after", b"x-request-id", b"request-id",
        b"openai-processing-ms", b"openai-version", b"cache-control", b"retry-after-ms",
    }
)  # fmt: skip
PREFIXES = (b"x-ratelimit-", b"anthropic-ratelimit-")
ELSEWHERE = frozenset({429, 500, 502, 503, 504, 529})
"""Statuses after which a fallback is asked."""
MOST_KEPT = 1 << 16
"""Bytes of a streamed answer to a task that observers are shown; a longer one is not a label."""


class Forward:
    """One request on its way to an upstream."""

    def __init__(
        self,
        gateway: Gateway,
        exchange: Exchange,
        asked: Asked,
        started: float,
        path: str,
        tried: Outcome | None,
    ) -> None:
        self.gateway, self.exchange, self.asked = gateway, exchange, asked
        self.started, self.path, self.tried = started, path, tried
        self.attempts = 0

    async def run(
        self, target: Target, body: bytes, *, stream: bool = False, hide_usage: bool = False
    ) -> None:
        """Send it, pass the answer on, and record it; cancel the upstream if the caller leaves.

        Raises:
            Problem: no upstream answered; it is recorded already.
        """
        if self.exchange.degraded:
            target = self.gateway.models.degraded(target)
            body = renamed(body, target.model)
        try:
            with Watch(self.exchange):
                await self._run(target, body, stream, hide_usage)
        except Gone:
            return

    async def _run(self, target: Target, body: bytes, stream: bool, hide_usage: bool) -> None:
        try:
            found, reply = await self._with_fallbacks(target, body)
        except Problem as problem:
            self._record(target, None, problem.status, NONE, cause=problem.code)
            raise
        except asyncio.CancelledError:
            self._record(target, None, 499, NONE, cause="caller_gone")
            raise
        constants = self.gateway.upstream_constants(found, self.tried)
        try:
            streamed = stream and reply.answer.status < 400
            if streamed and reply.answer.header(b"content-type").startswith(b"text/event-stream"):
                await self._stream(found, reply, constants, EventReader(hide_usage=hide_usage))
            else:
                await self._whole(found, reply, constants)
        finally:
            reply.release()

    async def _with_fallbacks(self, target: Target, body: bytes) -> tuple[Target, Reply]:
        others = self.gateway.models.fallbacks(target)
        while True:
            try:
                reply = await self._send(target, body)
            except Problem:
                if not others:
                    raise
            else:
                self.attempts += reply.attempts
                if reply.answer.status not in ELSEWHERE or not others:
                    return target, reply
                reply.release()
            target = others.pop(0)
            body = renamed(body, target.model)

    async def _send(self, target: Target, body: bytes) -> Reply:
        return await target.upstream.send(self.path, body, self._headers(target))

    def _headers(self, target: Target) -> Headers:
        """What the upstream is told; the caller's own key only where the gateway has none."""
        given = self.exchange.headers
        headers = [JSON, *((name, given[name]) for name in TO_UPSTREAM if name in given)]
        headers += target.upstream.credentials()
        if target.upstream.key is None and not self.gateway.settings.server.auth:
            names = (b"authorization", b"x-api-key")
            headers += [(name, given[name]) for name in names if name in given]
        return headers

    async def _whole(self, target: Target, reply: Reply, constants: ConstantSet) -> None:
        try:
            body = await reply.answer.read()
        except asyncio.CancelledError:
            self._record(target, constants, 499, NONE, cause="caller_gone")
            raise
        except OSError as error:
            self._record(target, constants, 502, NONE, cause="upstream_cut")
            raise _cut(target, error) from None
        status = reply.answer.status
        tokens = usage_of(body) if status < 400 else Tokens(0, 0, 0)
        self._record(target, constants, status, tokens, reply=body)
        headers = self._back(reply, target)
        if status < 400:
            headers += constants.headers(tokens.read, tokens.written)
            if b"x-modicum-usage" in self.exchange.headers:
                body = extended(body, constants.usage(tokens.read, tokens.written))
        await self.exchange.reply(status, headers, body)

    async def _stream(
        self, target: Target, reply: Reply, constants: ConstantSet, reader: EventReader
    ) -> None:
        await self.exchange.begin(200, [*self._back(reply, target), *constants.headers(None, None)])
        first: float | None = None
        last = b""
        kept = bytearray() if self.asked.text is not None and self.gateway.observers else None
        try:
            while data := await reply.answer.part():
                first = first or time.perf_counter()
                last = reader.feed(data)
                if kept is not None and len(kept) <= MOST_KEPT:
                    kept += last
                if reader.done:
                    break  # the end is passed on once the request is recorded
                if last:
                    await self.exchange.part(last)
        except asyncio.CancelledError:
            self._record(target, constants, 499, reader.tokens, first=first, cause="caller_gone")
            raise
        except OSError as error:
            self._record(target, constants, 502, reader.tokens, first=first, cause="upstream_cut")
            await self.exchange.part(reader.rest() + cut_event(_cut(target, error)), more=False)
            return
        last = (last if reader.done else b"") + reader.rest()
        cause = "" if reader.done else "upstream_ended"
        whole = bytes(kept) if kept is not None and len(kept) <= MOST_KEPT else None
        self._record(target, constants, 200, reader.tokens, first=first, cause=cause, reply=whole)
        if b"x-modicum-usage" in self.exchange.headers:
            last = usage_event(constants.usage(reader.tokens.read, reader.tokens.written)) + last
        await self.exchange.part(last, more=False)
        await _to_the_end(reply)

    def _back(self, reply: Reply, target: Target) -> Headers:
        """What the caller is told of the upstream's headers, and our route."""
        headers: Headers = [target.header]
        if self.tried is not None and self.tried.tried:
            headers.append((b"x-modicum-tried", header_text(self.tried.tried)))
        for name, value in reply.answer.headers:
            if name in TO_CALLER or name.startswith(PREFIXES):
                headers.append((name, value))
        return headers

    def _record(
        self,
        target: Target,
        constants: ConstantSet | None,
        status: int,
        tokens: Tokens,
        *,
        first: float | None = None,
        cause: str = "",
        reply: bytes | None = None,
    ) -> RequestRecord:
        return self.gateway.record(
            self.asked,
            constants if constants is not None or self.tried is None else self.tried.constants,
            route=target.route,
            tried=self.tried.tried if self.tried is not None else "",
            status=status,
            started=self.started,
            first=first,
            tokens=tokens,
            attempts=max(self.attempts, 1),
            cause=cause,
            reply=reply,
        )


def _cut(target: Target, error: BaseException) -> Problem:
    name, kind = target.upstream.name, type(error).__name__
    return Problem(502, "upstream_cut", f"upstream {name} broke off its answer ({kind})")


async def _to_the_end(reply: Reply) -> None:
    """Read what is left of a finished answer, so that its connection can be used again."""
    if reply.answer.complete:
        return
    try:
        async with asyncio.timeout(1.0):
            while await reply.answer.part():
                pass
    except OSError:
        reply.release()
