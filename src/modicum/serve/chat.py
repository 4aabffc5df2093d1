"""`POST /v1/chat/completions`: to a task, to an upstream model, or to whoever `auto` finds."""

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
from modicum.serve.rewrite import renamed, with_usage
from modicum.serve.served import Outcome
from modicum.serve.shapes import chat_reply, chat_stream

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway
    from modicum.serve.keyring import Caller

PATH = "/chat/completions"


class _Options(msgspec.Struct):
    include_usage: bool | None = None


class ChatRequest(msgspec.Struct):
    """What the gateway itself reads of a request; the rest passes through unread."""

    model: str
    stream: bool | None = None
    stream_options: _Options | None = None
    user: str | None = None


class _TaskRequest(msgspec.Struct):
    messages: list[dict[str, Any]]
    tools: list[Any] | None = None
    functions: list[Any] | None = None
    response_format: dict[str, Any] | None = None
    n: int | None = None
    logprobs: bool | None = None
    audio: Any = None


_head = msgspec.json.Decoder(ChatRequest)
_task = msgspec.json.Decoder(_TaskRequest)


async def chat(gateway: Gateway, exchange: Exchange, caller: Caller, body: bytes) -> None:
    """Answer one chat completion."""
    started = time.perf_counter()
    request = decoded(_head, body)
    asked = Asked("chat", request.model, caller, body, user=request.user or "")
    told = bool(request.stream_options and request.stream_options.include_usage)

    async def forward(target: Target, tried: Outcome | None) -> None:
        if gateway.sessions is not None:
            target = gateway.sessions.stay(gateway, asked, target)
        sent = body if target.model == request.model else renamed(body, target.model)
        hide = bool(request.stream) and not told and target.upstream.settings.count_stream_usage
        way = Forward(gateway, exchange, asked, started, PATH, tried)
        await way.run(
            target, with_usage(sent) if hide else sent, stream=bool(request.stream), hide_usage=hide
        )

    if request.model not in gateway.tasks and request.model != "auto":
        if gateway.sessions is not None:
            gateway.sessions.begin(asked, exchange.headers)
        await forward(gateway.models.ask(request.model), None)
        return

    def shape(content: str, more: Extension) -> bytes:
        if request.stream:
            return chat_stream(asked.model, content, more, usage=told)
        return chat_reply(asked.model, content, more)

    whole = decoded(_task, body)
    plain = not (whole.tools or whole.functions or whole.audio or whole.logprobs)
    talk = Conversation(
        asked,
        whole.messages,
        plain and whole.n in (None, 1),
        bool(request.stream),
        whole.response_format,
        shape,
        forward,
    )
    await converse(gateway, exchange, talk)
