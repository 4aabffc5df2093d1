"""Asking a task's reference apart from the caller's own answer: an audit, or a shadow."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from modicum.serve.exchange import JSON
from modicum.serve.hooks import Asked
from modicum.serve.keyring import NOBODY
from modicum.serve.problem import NOT_JSON, Problem
from modicum.serve.rewrite import fields_of, renamed
from modicum.serve.served import Outcome
from modicum.serve.sse import NONE, Tokens, usage_of

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway

ENDPOINT = "audit"
_CHAT = "/chat/completions"


class Told(NamedTuple):
    """The reference's answer, None where it gave none, and the tokens it took."""

    value: str | None
    tokens: Tokens


async def ask_reference(
    gateway: Gateway, asked: Asked, *, endpoint: str = ENDPOINT, tried: Outcome | None = None
) -> Told:
    """What the task's reference says to a request.

    Sent with the request's own body where it was a chat completion, else as the task's prompt.  It
    is recorded under its endpoint, with what was tried before it; what no caller asked for is
    recorded under "audit" and charged to nobody's limits.

    Raises:
        Problem: the task has no reference, or the upstream cannot be asked.
    """
    task = asked.task
    if task is None or task.reference is None:
        raise Problem(422, "no_reference", "there is no reference to ask")
    target = gateway.models.ask(task.reference)
    started = time.perf_counter()
    caller = NOBODY if endpoint == ENDPOINT else asked.caller
    body = renamed(_unstreamed(asked), target.model)
    headers = [JSON, *target.upstream.credentials()]
    status, reply, attempts = 502, b"", 1
    try:
        found = await target.upstream.send(_CHAT, body, headers)
        try:
            status, attempts = found.answer.status, found.attempts
            reply = await found.answer.read()
        finally:
            found.release()
    finally:
        tokens = usage_of(reply) if status < 400 else NONE
        gateway.record(
            replace(asked, endpoint=endpoint, caller=caller),
            gateway.upstream_constants(target, tried),
            route=target.route,
            tried=tried.tried if tried is not None else "",
            status=status,
            started=started,
            tokens=tokens,
            attempts=attempts,
            reply=reply,
        )
    return Told(content_of(reply) if status < 400 else None, tokens)


def content_of(reply: bytes) -> str | None:
    """The words of a chat completion, or None.

    >>> content_of(b'{"choices":[{"message":{"content":" spam "}}]}')
    'spam'
    """
    try:
        plain: Any = msgspec.json.decode(reply)
        content = plain["choices"][0]["message"]["content"]
    except (*NOT_JSON, LookupError, TypeError):
        return None
    return content.strip() if isinstance(content, str) else None


def _unstreamed(asked: Asked) -> bytes:
    if asked.endpoint == "chat":
        fields = fields_of(asked.body)
        fields.pop("stream", None)
        fields.pop("stream_options", None)
        return msgspec.json.encode(fields)
    template = asked.task.settings.user if asked.task is not None else None
    prompt = (template or "{input}").replace("{input}", asked.text or "")
    messages = [{"role": "user", "content": prompt}]
    system = asked.task.settings.system if asked.task is not None else None
    if system:
        messages.insert(0, {"role": "system", "content": system})
    return msgspec.json.encode({"model": "", "messages": messages})
