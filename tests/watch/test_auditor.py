"""The watch inside a program, and as middleware of one."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

from modicum.decision.document import DecisionDocument
from modicum.watch.audit import Audit
from modicum.watch.auditor import Auditor
from modicum.watch.middleware import AuditMiddleware
from modicum.watch.watch import Alarm


def auditor(decision: DecisionDocument, right: str | None, **more: Any) -> Auditor:
    given: dict[str, Any] = {"rate": 1.0, "rng": random.Random(1), "clock": lambda: 0.0}
    return Auditor(decision, lambda _text: right, **given | more)


def test_agreement_proves_and_disagreement_alarms_once(decision: DecisionDocument) -> None:
    good, bad = auditor(decision, "a"), auditor(decision, "b")
    assert all(good.see(f"t{k}", "a") == [] for k in range(100))
    assert good.proof.proven
    raised = [alarm for k in range(100) for alarm in bad.see(f"t{k}", "a")]
    assert [alarm.stream for alarm in raised] == ["all"]


def test_what_was_kept_brings_a_restarted_program_to_the_same_state(
    decision: DecisionDocument,
) -> None:
    kept: list[Audit] = []
    one = auditor(decision, "a", keep=kept.append, rate=0.5)
    for k in range(60):
        one.see(f"t{k}", "a" if k % 7 else "b")
    other = auditor(decision, "a")
    other.resume(kept)
    assert 20 < len(kept) < 40
    assert other.watch.detectors["all"].e_value == one.watch.detectors["all"].e_value


def test_a_reference_that_cannot_answer_is_counted_not_guessed(decision: DecisionDocument) -> None:
    silent = auditor(decision, None)
    assert silent.see("t", "a") == []
    assert (silent.unanswered, silent.watch.audits()) == (1, 0)


def test_middleware_looks_after_the_reply_went_out(decision: DecisionDocument) -> None:
    async def small(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"answer":', "more_body": True})
        await send({"type": "http.response.body", "body": b'"a"}'})

    def read(asked: bytes, told: bytes) -> tuple[str, str | None]:
        return json.loads(asked)["input"], json.loads(told)["answer"]

    alarms: list[Alarm] = []
    sent: list[Any] = []

    async def run() -> None:
        app = AuditMiddleware(small, auditor(decision, "b"), "/answer", read, alarms.append)

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b'{"input": "where?"}'}

        async def send(message: Any) -> None:
            sent.append(message)

        for path in ["/answer"] * 40 + ["/other"] * 5:
            await app({"type": "http", "path": path}, receive, send)
        await app.settled()
        assert app.auditor.watch.audits() == 40

    asyncio.run(run())
    assert len(alarms) == 1
    assert len(sent) == 3 * 45
