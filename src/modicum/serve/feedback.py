"""`POST /v1/feedback`: what people say is right.

    {"task": "question-type", "input": "Where is it?", "label": "LOC", "sampled": true}

The small candidate answers the input again, and the difference is recorded.  Only labels of inputs
that were drawn at random (`sampled`) are tested: people label what looks wrong, and a test fed with
that would raise alarms about nothing.  The others are kept as data, where texts may be kept.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from modicum.ledger.watch_store import AuditRow
from modicum.serve import judge
from modicum.serve.asking import decoded
from modicum.serve.exchange import JSON, Exchange, Receive, Scope, Send
from modicum.serve.problem import Problem

if TYPE_CHECKING:
    from modicum.serve.keeper import Keeper

PATH = "/v1/feedback"


class Feedback(msgspec.Struct):
    """The body of the request; `user` is the caller's own id for its user, for erasure."""

    task: str
    input: str
    label: str
    sampled: bool = False
    user: str = ""
    metadata: dict[str, Any] = {}


_request = msgspec.json.Decoder(Feedback)


class FeedbackEndpoint:
    """The ASGI application behind the path."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one label; raises Problem."""
        exchange, gateway = Exchange(scope, receive, send), self.keeper.gateway
        if scope["method"] != "POST":
            raise Problem(405, "method_not_allowed", "POST here", ((b"allow", b"POST"),))
        given = exchange.headers
        gateway.caller(given.get(b"authorization"), given.get(b"x-api-key"))
        server = gateway.settings.server
        body = await exchange.body(int(server.max_body_mb * (1 << 20)), server.body_timeout_s)
        reply = await self._take(decoded(_request, body), body)
        await exchange.reply(200, [JSON], msgspec.json.encode(reply))

    async def _take(self, given: Feedback, body: bytes) -> dict[str, Any]:
        kept = self.keeper.kept.get(given.task)
        if kept is None:
            raise Problem(
                404,
                "task_not_found",
                f"no task {given.task[:100]!r} is watched here: see /v1/models",
            )
        label = judge.named(given.label, kept.classes)
        if label is None:
            known = ", ".join((kept.classes or ())[:20])
            raise Problem(400, "unknown_label", f"{given.label[:100]!r} is no class: use {known}")
        outcome = await kept.task.answer(given.input)
        differs = kept.score(outcome.value, label)
        kind = "gold" if given.sampled else "label"
        slices = judge.slices_of(body, kept.columns)
        now = self.keeper.gateway.clock_ms()
        row = AuditRow(0, now, kind, "feedback", differs, 1.0, 1.0, slices)
        texts = (given.input, outcome.value or "", label) if kept.settings.keep_texts else None
        audit = await asyncio.to_thread(
            self.keeper.store.add_audit, kept.watch, row, texts, given.user
        )
        return {"id": audit, "answer": outcome.value, "agrees": differs == 0, "kept": bool(texts)}
