"""A conversation that may be a task's: answered here, or handed on to the reference.

The three conversational APIs differ in how they are read and written; between the two they do the
same, and it is here.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from modicum.serve.answer_cache import ROUTE
from modicum.serve.asking import answered_here, extension
from modicum.serve.exchange import EVENTS, JSON, Exchange
from modicum.serve.hooks import Asked
from modicum.serve.models import Target
from modicum.serve.problem import Problem
from modicum.serve.reference import ask_reference
from modicum.serve.served import Outcome, ServedTask
from modicum.serve.shapes import content_for
from modicum.serve.template import last_user_text

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway

Messages = list[dict[str, Any]]
Extension = dict[str, Any] | None


@dataclass(slots=True)
class Conversation:
    """What an API's reader found.

    plain: whether nothing in it asks for more than text (tools, images, several answers).
    format: what the answer must look like.  shape: the reply's bytes of a content.  forward: hands
    the request on to an upstream of the `kind` that speaks this API.
    """

    asked: Asked
    messages: Messages
    plain: bool
    stream: bool
    format: dict[str, Any] | None
    shape: Callable[[str, Extension], bytes]
    forward: Callable[[Target, Outcome | None], Awaitable[None]]
    kind: Literal["openai", "anthropic"] = "openai"


async def converse(gateway: Gateway, exchange: Exchange, talk: Conversation) -> None:
    """Answer it here if a task can, else let the reference answer."""
    started = time.perf_counter()
    asked = talk.asked
    asked.task, asked.text = recognised(gateway, gateway.tasks.get(asked.model), talk.messages)
    if gateway.sessions is not None:
        gateway.sessions.begin(asked, exchange.headers)
    outcome: Outcome | None = None
    why = "the prompt is no task's template"
    if asked.task is not None:
        why = "the request asks for more than a task's plain answer"
    if asked.task is not None and asked.text is not None and talk.plain:
        small = exchange.degraded or gateway.choose(asked) == "small"
        if gateway.cache is not None and await _kept(gateway, exchange, talk, small, started):
            return
        if small:
            outcome = await asked.task.answer(asked.text)
            if await _told(gateway, exchange, talk, outcome, started):
                return
            why = outcome.error or "the wanted format has no place for the task's answer"
        else:
            why = "the task is set to be answered by its reference"
    target = strong(gateway, asked.task, why)
    if exchange.degraded:
        raise Problem(429, "limit_reached", f"a monthly limit is reached, and {why}")
    if target.upstream.settings.kind == talk.kind:
        await talk.forward(target, outcome)
        return
    await _translated(gateway, exchange, talk, target, outcome)


def recognised(
    gateway: Gateway, task: ServedTask | None, messages: Messages
) -> tuple[ServedTask | None, str | None]:
    """The task and the input in it; a named task without a template takes the last user's text."""
    if task is None:
        return gateway.recognise(messages) or (None, None)
    if task.template is None:
        return task, last_user_text(messages)
    text = task.template.input_of(messages)
    if text is None and task.reference is None:
        return task, last_user_text(messages)
    return task, text


def strong(gateway: Gateway, task: ServedTask | None, why: str) -> Target:
    """Who answers what no small candidate should; raises Problem 422 where nobody is named."""
    name = task.reference if task is not None else gateway.settings.auto
    if name is None and task is None:
        name = next((t.reference for t in gateway.tasks.values() if t.reference), None)
    if name is None:
        raise Problem(422, "no_reference", f"{why}, and no reference model is set for it")
    return gateway.models.ask(name)


async def _told(
    gateway: Gateway, exchange: Exchange, talk: Conversation, outcome: Outcome, started: float
) -> bool:
    """Send the answer, if there is one that fits; whether it was sent."""
    content = content_for(outcome.value, talk.format) if outcome.value is not None else None
    if content is None:
        return False
    if gateway.cache is not None:
        gateway.cache.keep(talk.asked, content, outcome.value or "", "small", outcome.route)
        talk.asked.cache = b""
    reply = talk.shape(content, extension(exchange, outcome))
    kind = EVENTS if talk.stream else JSON
    await answered_here(gateway, exchange, talk.asked, outcome, kind, reply, started)
    return True


async def _kept(
    gateway: Gateway, exchange: Exchange, talk: Conversation, small: bool, started: float
) -> bool:
    """Send the answer that the cache holds, if it holds one; whether it was sent."""
    cache = gateway.cache
    entry = cache.find(talk.asked, small=small) if cache is not None else None
    if entry is None or cache is None:
        return False
    outcome = Outcome(entry.value, None, ROUTE, "", cache.constants)
    reply = talk.shape(entry.content, extension(exchange, outcome))
    kind = EVENTS if talk.stream else JSON
    more = cache.headers(entry)
    await answered_here(gateway, exchange, talk.asked, outcome, kind, reply, started, more=more)
    return True


async def _translated(
    gateway: Gateway,
    exchange: Exchange,
    talk: Conversation,
    target: Target,
    tried: Outcome | None,
) -> None:
    """Ask a reference that speaks another API with the task's prompt, and answer in this one's."""
    if talk.asked.task is None or talk.asked.text is None or not talk.plain:
        raise Problem(
            400,
            "other_api",
            f"upstream {target.upstream.name} does not speak this API: use its own",
        )
    talk.asked.cache = b""  # asked in other words than the caller's: not kept
    told = await ask_reference(gateway, talk.asked, endpoint=talk.asked.endpoint, tried=tried)
    content = content_for(told.value, talk.format) if told.value is not None else None
    if content is None:
        raise Problem(502, "upstream_error", "the task's reference gave no answer that fits")
    constants = gateway.upstream_constants(target, tried)
    headers = [EVENTS if talk.stream else JSON, target.header]
    headers += constants.headers(told.tokens.read, told.tokens.written)
    await exchange.reply(200, headers, talk.shape(content, None))
