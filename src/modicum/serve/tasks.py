"""`POST /tasks/NAME`: one input or a batch, answered by the task."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from modicum.serve.answer_cache import ROUTE
from modicum.serve.asking import decoded
from modicum.serve.constants import ConstantSet
from modicum.serve.exchange import JSON, Exchange, Headers, header_text
from modicum.serve.hooks import Asked
from modicum.serve.problem import Problem
from modicum.serve.reference import ask_reference
from modicum.serve.served import Outcome, ServedTask

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway
    from modicum.serve.keyring import Caller


class TaskRequest(msgspec.Struct):
    """The body of the request."""

    input: str | list[str]
    user: str | None = None


_request = msgspec.json.Decoder(TaskRequest)
HELD_BACK = Outcome(None, None, "", "", ConstantSet({}))
"""An input that the small candidate was not asked: the reference is to answer it."""


async def ask_task(
    gateway: Gateway, exchange: Exchange, caller: Caller, body: bytes, name: str
) -> None:
    """Answer {"input": TEXT} with {"answer": ...}, and {"input": [TEXT, ...]} with a list."""
    started = time.perf_counter()
    task = gateway.tasks.get(name)
    if task is None:
        raise Problem(404, "task_not_found", f"there is no task {name[:100]!r}: GET /v1/models")
    request = decoded(_request, body)
    asked = Asked("task", name, caller, body, task, user=request.user or "")
    batch = request.input if isinstance(request.input, list) else [request.input]
    most = gateway.settings.server.max_batch
    if not 0 < len(batch) <= most:
        raise Problem(400, "batch_size", f"{len(batch)} inputs: give 1 to {most} at once")
    if caller.key_id and len(batch) > 1:
        exchange.degraded |= await gateway.budget.admit(caller, len(batch) - 1)
    if len(batch) == 1:
        asked.text = batch[0]
        await _one(gateway, exchange, asked, started, alone=isinstance(request.input, str))
    else:
        await _many(gateway, exchange, asked, batch, started)


async def _one(
    gateway: Gateway, exchange: Exchange, asked: Asked, started: float, *, alone: bool
) -> None:
    task, text = asked.task, asked.text
    assert task is not None and text is not None  # noqa: S101, PT018 (set by the caller)
    if gateway.sessions is not None:
        gateway.sessions.begin(asked, exchange.headers)
    small = exchange.degraded or gateway.choose(asked) == "small"
    entry = gateway.cache.find(asked, small=small) if gateway.cache is not None else None
    if entry is not None and gateway.cache is not None:
        found = Outcome(entry.value, None, ROUTE, "", gateway.cache.constants)
        _record(gateway, asked, found, started)
        await _send(exchange, task, [found], alone=alone, more=gateway.cache.headers(entry))
        return
    outcome = await task.answer(text) if small else None
    if outcome is None or outcome.value is None:
        outcome = await _by_reference(gateway, exchange, asked, task, outcome)
    else:
        if gateway.cache is not None:
            gateway.cache.keep(asked, outcome.value, outcome.value, "small", outcome.route)
            asked.cache = b""
        _record(gateway, asked, outcome, started)
    await _send(exchange, task, [outcome], alone=alone)


async def _many(
    gateway: Gateway, exchange: Exchange, asked: Asked, batch: list[str], started: float
) -> None:
    task = asked.task
    assert task is not None  # noqa: S101 (set by the caller)
    asked.text = batch[0]
    if gateway.choose(asked) == "small":
        outcomes = await task.answer_many(batch)
    else:
        outcomes = [HELD_BACK] * len(batch)
    for at, outcome in enumerate(outcomes):
        asked.text = batch[at]
        if outcome.value is None:
            tried = None if outcome is HELD_BACK else outcome
            outcomes[at] = await _by_reference(gateway, exchange, asked, task, tried)
        else:
            _record(gateway, asked, outcome, started)
    await _send(exchange, task, outcomes, alone=False)


async def _by_reference(
    gateway: Gateway,
    exchange: Exchange,
    asked: Asked,
    task: ServedTask,
    tried: Outcome | None,
) -> Outcome:
    if task.reference is None:
        why = tried.error if tried is not None and tried.error else "the candidate gave no answer"
        raise Problem(422, "no_answer", f"{why}, and the task has no reference to ask")
    if exchange.degraded:
        raise Problem(
            429, "limit_reached", "a monthly limit is reached, and no small answer is sure"
        )
    told = await ask_reference(gateway, asked, endpoint="task", tried=tried)
    if told.value is None:
        raise Problem(502, "upstream_error", "the task's reference gave no answer")
    target = gateway.models.ask(task.reference)
    constants = gateway.upstream_constants(target, tried)
    before = tried.tried if tried is not None else ""
    route, tokens = target.route, told.tokens
    return Outcome(told.value, None, route, before, constants, tokens=(tokens.read, tokens.written))


def _record(gateway: Gateway, asked: Asked, outcome: Outcome, started: float) -> None:
    gateway.record(
        asked,
        outcome.constants,
        route=outcome.route,
        tried=outcome.tried,
        status=200,
        started=started,
        value=outcome.value,
        confidence=outcome.confidence,
    )


async def _send(
    exchange: Exchange,
    task: ServedTask,
    outcomes: list[Outcome],
    *,
    alone: bool,
    more: Headers = [],  # noqa: B006 (only read)
) -> None:
    answers = [_plain(outcome) for outcome in outcomes]
    reply: dict[str, Any] = answers[0] if alone else {"task": task.name, "answers": answers}
    routes = ",".join(dict.fromkeys(outcome.route for outcome in outcomes))
    headers = [JSON, (b"x-modicum-route", header_text(routes)), *more]
    same = {outcome.constants.id for outcome in outcomes}
    if len(same) == 1:
        read, written = (_sum(outcome.tokens[i] for outcome in outcomes) for i in (0, 1))
        headers += outcomes[0].constants.headers(read, written, len(outcomes))
    await exchange.reply(200, headers, msgspec.json.encode(reply))


def _plain(outcome: Outcome) -> dict[str, Any]:
    energy = outcome.constants.usage(*outcome.tokens)["energy_j"]
    found = {"answer": outcome.value, "confidence": outcome.confidence, "route": outcome.route}
    return found | {"energy_j": energy}


def _sum(counts: Iterable[int | None]) -> int | None:
    total = 0
    for count in counts:
        if count is None:
            return None
        total += count
    return total
