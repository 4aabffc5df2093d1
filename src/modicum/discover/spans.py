"""OpenTelemetry GenAI spans: one a line, or OTLP JSON with many.

Semantic conventions for generative AI 1.28 to 1.37 (messages as attributes, as events, and the
numbered `gen_ai.prompt.0.content` that OpenLLMetry wrote before).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from modicum.discover.content import answer_of, count, messages_of, moment, text_of, unpacked
from modicum.discover.request import Message, Request

_NUMBERED = re.compile(r"gen_ai\.(prompt|completion)\.(\d+)\.content\Z")


def is_otlp(line: Mapping[str, Any]) -> bool:
    """Whether the line is an OTLP export of spans."""
    return isinstance(line.get("resourceSpans") or line.get("resource_spans"), list)


def is_span(line: Mapping[str, Any]) -> bool:
    """Whether the line is one span (its attributes as an object, or as OTLP's list)."""
    return isinstance(line.get("attributes"), dict | list) or "gen_ai.request.model" in line


def requests_of_otlp(line: Mapping[str, Any]) -> Sequence[Request]:
    """The GenAI requests among the spans of an export."""
    found = (request_of_span(span) for span in _spans(line))
    return tuple(request for request in found if request.messages or request.answer is not None)


def _spans(line: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for resource in _list(line, "resourceSpans", "resource_spans"):
        for scope in _list(resource, "scopeSpans", "scope_spans", "instrumentationLibrarySpans"):
            yield from (span for span in _list(scope, "spans") if isinstance(span, dict))


def request_of_span(span: Mapping[str, Any]) -> Request:
    """What one span tells; without messages where it is no GenAI span."""
    facts = _attributes(span.get("attributes")) or dict(span)
    events = [event for event in _list(span, "events") if isinstance(event, dict)]
    for event in events:  # whole lists of messages may stand on an event
        inner = _attributes(event.get("attributes"))
        facts.update((k, v) for k, v in inner.items() if k.endswith((".messages", "instructions")))
    asked, answer = _messages(facts, events)
    return Request(
        messages=asked,
        answer=answer,
        model=_model(facts),
        tokens_in=_count(facts, "input_tokens", "prompt_tokens"),
        tokens_out=_count(facts, "output_tokens", "completion_tokens"),
        tokens_cached=_count(facts, "cache_read.input_tokens", "cache_read_input_tokens"),
        time=next(filter(None, map(moment, map(span.get, _STARTS))), None),
        failed="error.type" in facts,
    )


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
        answer = next((text for _, text in _numbered(facts, "completion")), None)
    spoken = list(_spoken(events)) if len(asked) == len(head) or answer is None else []
    if len(asked) == len(head):
        asked = head + tuple(m for m in spoken if m[0] != "choice")
    if answer is None:
        answer = next((text for role, text in spoken if role == "choice"), None)
    return asked, answer


def _numbered(facts: Mapping[str, Any], kind: str) -> Iterator[Message]:
    found = []
    for key, value in facts.items():
        match = _NUMBERED.match(key)
        if match and match[1] == kind:
            role = str(facts.get(f"gen_ai.{kind}.{match[2]}.role", "user"))
            found.append((int(match[2]), role, text_of(unpacked_text(value))))
    yield from ((role, text) for _, role, text in sorted(found))


def unpacked_text(value: Any) -> Any:
    """Parts written as a string of JSON; any other string stays as it is."""
    inner = unpacked(value)
    return inner if isinstance(inner, list) else value


def _spoken(events: Sequence[Mapping[str, Any]]) -> Iterator[Message]:
    """Messages that were recorded as events: gen_ai.user.message, gen_ai.choice."""
    for event in events:
        name = str(event.get("name", ""))
        facts = _attributes(event.get("attributes"))
        if not name.startswith("gen_ai."):
            continue
        body = unpacked(facts.get("body", event.get("body"))) or facts
        if name == "gen_ai.choice":
            yield "choice", answer_of(body) or ""
        elif name.endswith(".message") and isinstance(body, dict):
            text = text_of(unpacked_text(body.get("content", "")))
            yield from messages_of([{"role": name.split(".")[1], "content": text}])


def _attributes(found: Any) -> dict[str, Any]:
    """Attributes as an object, from an object or OTLP's list of keys and typed values."""
    if isinstance(found, dict):
        return dict(found)
    if not isinstance(found, list):
        return {}
    pairs = (pair for pair in found if isinstance(pair, dict) and "key" in pair)
    return {str(pair["key"]): _plain(pair.get("value")) for pair in pairs}


def _plain(value: Any) -> Any:
    """OTLP's typed value as plain data."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    kind, inner = next(iter(value.items()))
    if kind == "arrayValue" and isinstance(inner, dict):
        return [_plain(part) for part in _list(inner, "values")]
    if kind == "kvlistValue" and isinstance(inner, dict):
        return _attributes(inner.get("values"))
    return inner


def _model(facts: Mapping[str, Any]) -> str | None:
    found = facts.get("gen_ai.request.model") or facts.get("gen_ai.response.model")
    return found if isinstance(found, str) and found else None


def _count(facts: Mapping[str, Any], *names: str) -> int | None:
    found = (count(facts.get(f"gen_ai.usage.{name}")) for name in names)
    return next((n for n in found if n is not None), None)


def _list(found: Any, *names: str) -> list[Any]:
    for name in names:
        if isinstance(found, dict) and isinstance(found.get(name), list):
            return list(found[name])
    return []
