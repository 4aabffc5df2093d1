"""`POST /v1/responses`: OpenAI's newer API, to an upstream untouched, or to a task."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec

from modicum.serve.asking import decoded
from modicum.serve.converse import Conversation, Extension, converse
from modicum.serve.exchange import Exchange
from modicum.serve.forward import Forward
from modicum.serve.hooks import Asked
from modicum.serve.models import Target
from modicum.serve.response_shape import response_reply, response_stream
from modicum.serve.rewrite import renamed
from modicum.serve.served import Outcome

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway
    from modicum.serve.keyring import Caller


class ResponseRequest(msgspec.Struct):
    """What the gateway itself reads of a request."""

    model: str
    input: str | list[dict[str, Any]] | None = None
    instructions: str | None = None
    stream: bool | None = None
    tools: list[Any] | None = None
    text: dict[str, Any] | None = None
    previous_response_id: str | None = None
    conversation: Any = None
    background: bool | None = None
    user: str | None = None


_request = msgspec.json.Decoder(ResponseRequest)


async def responses(gateway: Gateway, exchange: Exchange, caller: Caller, body: bytes) -> None:
    """Answer one response."""
    started = time.perf_counter()
    request = decoded(_request, body)
    asked = Asked("responses", request.model, caller, body, user=request.user or "")

    async def forward(target: Target, tried: Outcome | None) -> None:
        if gateway.sessions is not None:
            target = gateway.sessions.stay(gateway, asked, target)
        sent = body if target.model == request.model else renamed(body, target.model)
        way = Forward(gateway, exchange, asked, started, "/responses", tried)
        await way.run(target, sent, stream=bool(request.stream))

    if request.model not in gateway.tasks and request.model != "auto":
        if gateway.sessions is not None:
            gateway.sessions.begin(asked, exchange.headers)
        await forward(gateway.models.ask(request.model), None)
        return

    def shape(content: str, more: Extension) -> bytes:
        make = response_stream if request.stream else response_reply
        return make(asked.model, content, more)

    whole = not (request.previous_response_id or request.conversation or request.background)
    wanted = (request.text or {}).get("format")
    talk = Conversation(
        asked,
        _turns(request),
        whole and not request.tools,
        bool(request.stream),
        wanted if isinstance(wanted, dict) else None,
        shape,
        forward,
    )
    await converse(gateway, exchange, talk)


def _turns(request: ResponseRequest) -> list[dict[str, Any]]:
    given = request.input or []
    turns = [{"role": "user", "content": given}] if isinstance(given, str) else list(given)
    if request.instructions:
        turns.insert(0, {"role": "system", "content": request.instructions})
    return turns
