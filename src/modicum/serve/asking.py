"""What every endpoint does alike: read the body, and send an answer that was made here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from modicum.serve.exchange import Exchange, Headers, header_text
from modicum.serve.hooks import Asked
from modicum.serve.problem import Problem
from modicum.serve.served import Outcome

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway

T = TypeVar("T")


def decoded(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """The request; raises Problem 400 with what is wrong, and where."""
    try:
        return decoder.decode(body)
    except RecursionError:
        raise Problem(400, "invalid_json", "the body is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(400, "invalid_json", f"the body cannot be read: {error}") from None


def extension(exchange: Exchange, outcome: Outcome) -> dict[str, Any] | None:
    """The body's usage extension, where the caller asked with x-modicum-usage."""
    if b"x-modicum-usage" not in exchange.headers:
        return None
    used = outcome.constants.usage()
    return used | {"route": outcome.route, "confidence": outcome.confidence}


async def answered_here(
    gateway: Gateway,
    exchange: Exchange,
    asked: Asked,
    outcome: Outcome,
    kind: tuple[bytes, bytes],
    reply: bytes,
    started: float,
    inputs: int = 1,
    more: Headers = [],  # noqa: B006 (only read)
) -> None:
    """Record, then send."""
    gateway.record(
        asked,
        outcome.constants,
        route=outcome.route,
        tried=outcome.tried,
        status=200,
        started=started,
        inputs=inputs,
        value=outcome.value,
        confidence=outcome.confidence,
    )
    headers = [kind, (b"x-modicum-route", header_text(outcome.route)), *more]
    if outcome.tried:
        headers.append((b"x-modicum-tried", header_text(outcome.tried)))
    await exchange.reply(200, headers + outcome.constants.headers(inputs=inputs), reply)
