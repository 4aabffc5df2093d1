"""OpenTelemetry GenAI spans: one a line, or OTLP JSON with many.

Semantic conventions for generative AI 1.28 to 1.37 (messages as attributes, as events, and the
numbered `gen_ai.prompt.0.content` that OpenLLMetry wrote before), and those of OpenInference
(`llm.input_messages.0.message.content`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from modicum.discover.content import answer_of, count, messages_of, moment, text_of, unpacked
from modicum.discover.request import Message, Request

_NUMBERED = re.compile(r"(gen_ai\.(?:prompt|completion)\.\d+\.)content\Z")
_INFERENCE = re.compile(r"(llm\.(?:input|output)_messages\.\d+\.message\.)")
_GENERATES = (None, "chat", "text_completion", "generate_content", "completion")
"""Operations that ask a model for text; an agent or a workflow repeats those within it."""


def is_otlp(line: Mapping[str, Any]) -> bool:
    """Whether the line is an OTLP export of spans."""
    return isinstance(line.get("resourceSpans") or line.get("resource_spans"), list)


def is_span(line: Mapping[str, Any]) -> bool:
    """Whether the line is one span (its attributes as an object, or as OTLP's list)."""
    return isinstance(line.get("attributes"), dict | list) or "gen_ai.request.model" in line


def requests_of_otlp(line: Mapping[str, Any]) -> Sequence[Request]:
    """The GenAI requests among the spans of an export; one without messages awaits its events."""
    return tuple(filter(_told, (request_of_span(span) for span in _spans(line))))


def _told(request: Request) -> bool:
    return bool(request.messages) or request.answer is not None or request.span


def _spans(line: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for resource in listed(line, "resourceSpans", "resource_spans"):
        for scope in listed(resource, "scopeSpans", "scope_spans", "instrumentationLibrarySpans"):
            yield from (span for span in listed(scope, "spans") if isinstance(span, dict))


def request_of_span(span: Mapping[str, Any]) -> Request:
    """What one span tells; empty where it is no GenAI span, or one that others within it repeat."""
    facts = attributes(span.get("attributes")) or dict(span)
    events = [event for event in listed(span, "events") if isinstance(event, dict)]
    for event in events:  # whole lists of messages may stand on an event
        inner = attributes(event.get("attributes"))
        facts.update((k, v) for k, v in inner.items() if k.endswith((".messages", "instructions")))
    if not _generates(facts):
        return Request()
    asked, answer = _messages(facts, events)
    request = Request(
        messages=asked,
        answer=answer,
        model=_text(facts, "gen_ai.request.model", "gen_ai.response.model", "llm.model_name"),
        tokens_in=_count(facts, "input_tokens", "prompt_tokens", of="prompt"),
        tokens_out=_count(facts, "output_tokens", "completion_tokens", of="completion"),
        tokens_cached=_count(
            facts,
            "cache_read.input_tokens",
            "cache_read_input_tokens",
            of="prompt_details.cache_read",
        ),
        time=next(filter(None, map(moment, map(span.get, _STARTS))), None),
        failed="error.type" in facts or _failed(span),
    )
    if not asked and request.model is not None:
        request.custom_id, request.span = span_id(span), True
    return request


def _generates(facts: Mapping[str, Any]) -> bool:
    if str(facts.get("openinference.span.kind", "LLM")).upper() != "LLM":
        return False
    named = any(key.startswith(("gen_ai.", "llm.")) for key in facts)
    return named and facts.get("gen_ai.operation.name") in _GENERATES


def _failed(span: Mapping[str, Any]) -> bool:
    status = span.get("status")
    code = status.get("status_code", status.get("code")) if isinstance(status, dict) else None
    return code in ("ERROR", "STATUS_CODE_ERROR", 2)


def span_id(record: Mapping[str, Any]) -> str | None:
    """What joins a span with its logged events, however it is spelt; None where it is not told."""
    inner = record.get("context")
    for place in (record, inner if isinstance(inner, dict) else {}):
        found = place.get("spanId") or place.get("span_id")
        if isinstance(found, str) and found:
            return "span:" + found.removeprefix("0x")
    return None


_STARTS = ("startTimeUnixNano", "start_time_unix_nano", "start_time", "startTime", "timestamp")


def _messages(
    facts: Mapping[str, Any], events: Sequence[Mapping[str, Any]]
) -> tuple[tuple[Message, ...], str | None]:
    first = text_of(unpacked(facts.get("gen_ai.system_instructions")))
    head = (("system", first),) if first else ()
    asked = head + messages_of(facts.get("gen_ai.input.messages") or facts.get("gen_ai.prompt"))
    given = facts.get("gen_ai.output.messages") or facts.get("gen_ai.completion")
    answer = answer_of(unpacked(given)) if given else None
    if len(asked) == len(head):
        asked = head + tuple(_numbered(facts, "prompt")) or asked
    if answer is None:
        answer = _numbered_answer(facts)
    spoken = list(_spoken(events)) if len(asked) == len(head) or answer is None else []
    if len(asked) == len(head):
        asked = head + tuple(m for m in spoken if m[0] != "choice")
    if answer is None:
        answer = next((text for role, text in spoken if role == "choice"), None)
    return asked, answer


def _numbered_answer(facts: Mapping[str, Any]) -> str | None:
    """The first of several choices; in OpenInference the last message, behind what was thought."""
    found = [text for _, text in _numbered(facts, "completion")]
    last = any(key.startswith("llm.output_messages.") for key in facts)
    return found[-1 if last else 0] if found else None


def _numbered(facts: Mapping[str, Any], kind: str) -> Iterator[Message]:
    """Messages whose parts are attributes of their own, in the order of their numbers."""
    found: dict[str, dict[str, Any]] = {}
    for key, value in facts.items():
        match = _NUMBERED.match(key) or _INFERENCE.match(key)
        if match:
            found.setdefault(match[1], {})[key.removeprefix(match[1])] = value
    names = {
        "prompt": ("prompt", "input_messages"),
        "completion": ("completion", "output_messages"),
    }
    here = [head for head in found if head.split(".")[1] in names[kind]]
    for head in sorted(here, key=lambda head: int(head.split(".")[2])):
        role = str(facts.get(f"{head}role", "user"))
        if text := _spelt(found[head]):
            yield role, text


def _spelt(parts: Mapping[str, Any]) -> str:
    """The text of a message; where it has none, what it calls a tool with."""
    if "content" in parts:
        return text_of(unpacked_text(parts["content"]))
    texts = [str(v) for k, v in parts.items() if k.endswith("message_content.text")]
    calls = [str(v) for k, v in parts.items() if k.endswith("function.arguments")]
    return "\n".join(texts or calls[:1])


def unpacked_text(value: Any) -> Any:
    """Parts written as a string of JSON; any other string stays as it is."""
    inner = unpacked(value)
    return inner if isinstance(inner, list) else value


def _spoken(events: Sequence[Mapping[str, Any]]) -> Iterator[Message]:
    """Messages that were recorded as events: gen_ai.user.message, gen_ai.choice."""
    for event in events:
        facts = attributes(event.get("attributes"))
        body = unpacked(facts.get("body", event.get("body"))) or facts
        yield from said_in(str(event.get("name", "")), body)


def said_in(name: str, body: Any) -> Iterator[Message]:
    """The message of one event, "choice" for an answer; none of any other event."""
    if name == "gen_ai.choice":
        yield "choice", answer_of(body) or ""
    elif name.startswith("gen_ai.") and name.endswith(".message") and isinstance(body, dict):
        text = text_of(unpacked_text(body.get("content", "")))
        yield from messages_of([{"role": name.split(".")[1], "content": text}])


def attributes(found: Any) -> dict[str, Any]:
    """Attributes as an object, from an object or OTLP's list of keys and typed values."""
    if isinstance(found, dict):
        return dict(found)
    if not isinstance(found, list):
        return {}
    pairs = (pair for pair in found if isinstance(pair, dict) and "key" in pair)
    return {str(pair["key"]): plain(pair.get("value")) for pair in pairs}


def plain(value: Any) -> Any:
    """OTLP's typed value as plain data."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    kind, inner = next(iter(value.items()))
    if kind == "arrayValue" and isinstance(inner, dict):
        return [plain(part) for part in listed(inner, "values")]
    if kind == "kvlistValue" and isinstance(inner, dict):
        return attributes(inner.get("values"))
    return inner


def _text(facts: Mapping[str, Any], *names: str) -> str | None:
    found = (facts.get(name) for name in names)
    return next((text for text in found if isinstance(text, str) and text), None)


def _count(facts: Mapping[str, Any], *names: str, of: str) -> int | None:
    """The first count that is told; `of` is OpenInference's name for it."""
    keys = (*(f"gen_ai.usage.{name}" for name in names), f"llm.token_count.{of}")
    found = (count(facts.get(key)) for key in keys)
    return next((n for n in found if n is not None), None)


def listed(found: Any, *names: str) -> list[Any]:
    """The list under the first of the names that holds one, else an empty one."""
    for name in names:
        if isinstance(found, dict) and isinstance(found.get(name), list):
            return list(found[name])
    return []
