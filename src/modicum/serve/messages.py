"""`POST /v1/messages`: Anthropic's API, to an Anthropic upstream untouched, or to a task."""

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
from modicum.serve.problem import Problem
from modicum.serve.rewrite import renamed
from modicum.serve.served import Outcome
from modicum.serve.shapes import message_reply, message_stream

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway
    from modicum.serve.keyring import Caller


class _Metadata(msgspec.Struct):
    user_id: str | None = None


class MessageRequest(msgspec.Struct):
    """What the gateway itself reads of a request."""

    model: str
    messages: list[dict[str, Any]]
    system: Any = None
    stream: bool | None = None
    tools: list[Any] | None = None
    output_config: dict[str, Any] | None = None
    metadata: _Metadata | None = None


_request = msgspec.json.Decoder(MessageRequest)


async def messages(gateway: Gateway, exchange: Exchange, caller: Caller, body: bytes) -> None:
    """Answer one message."""
    started = time.perf_counter()
    request = decoded(_request, body)
    user = (request.metadata.user_id if request.metadata else None) or ""
    asked = Asked("messages", request.model, caller, body, user=user)

    async def forward(target: Target, tried: Outcome | None) -> None:
        if target.upstream.settings.kind != "anthropic":
            raise Problem(
                400,
                "other_api",
                f"upstream {target.upstream.name} does not speak this API: use "
                "/v1/chat/completions, or set its kind to anthropic",
            )
        if gateway.sessions is not None:
            target = gateway.sessions.stay(gateway, asked, target)
        sent = body if target.model == request.model else renamed(body, target.model)
        way = Forward(gateway, exchange, asked, started, "/messages", tried)
        await way.run(target, sent, stream=bool(request.stream))

    if request.model not in gateway.tasks and request.model != "auto":
        if gateway.sessions is not None:
            gateway.sessions.begin(asked, exchange.headers)
        await forward(gateway.models.ask(request.model), None)
        return

    def shape(content: str, more: Extension) -> bytes:
        if request.stream:
            return message_stream(asked.model, content)
        return message_reply(asked.model, content, more)

    turns = list(request.messages)
    if request.system:
        turns.insert(0, {"role": "system", "content": request.system})
    wanted = (request.output_config or {}).get("format")
    talk = Conversation(
        asked,
        turns,
        not request.tools,
        bool(request.stream),
        wanted if isinstance(wanted, dict) else None,
        shape,
        forward,
        "anthropic",
    )
    await converse(gateway, exchange, talk)
