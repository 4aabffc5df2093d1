"""OpenTelemetry GenAI events of the logs signal: the messages of a span, exported apart from it.

By the older conventions (1.28 to 1.36) each message is an event (`gen_ai.user.message`,
`gen_ai.choice`); by the newer ones an event may hold them all
(`gen_ai.client.inference.operation.details`).  Both name their span, which tells model and tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from modicum.discover.content import moment
from modicum.discover.request import Request
from modicum.discover.spans import attributes, listed, plain, request_of_span, said_in, span_id

_NAMES = ("eventName", "event_name")
_TIMES = ("timeUnixNano", "observedTimeUnixNano", "timestamp", "observed_timestamp")
_WHOLE = "gen_ai.client.inference.operation.details"


def is_otlp_events(line: Mapping[str, Any]) -> bool:
    """Whether the line is an OTLP export of log records."""
    return isinstance(line.get("resourceLogs") or line.get("resource_logs"), list)


def is_event(line: Mapping[str, Any]) -> bool:
    """Whether the line is one log record of a GenAI event."""
    return isinstance(line.get("attributes"), dict | list) and _name(line).startswith("gen_ai.")


def requests_of_events(line: Mapping[str, Any]) -> Sequence[Request]:
    """The pieces of requests that the records of a line hold, those of one span together."""
    found: dict[str, Request] = {}
    for record in _records(line) if is_otlp_events(line) else (line,):
        name, key = _name(record), span_id(record)
        if key is None or not name.startswith("gen_ai."):
            continue
        piece = found.setdefault(key, Request(custom_id=key, span=True, time=_time(record)))
        if name == _WHOLE:
            told = request_of_span(record)
            piece.messages, piece.answer = told.messages, told.answer
            continue
        for role, text in said_in(name, plain(record.get("body"))):
            if role == "choice":
                piece.answer = text
            else:
                piece.messages += ((role, text),)
    return [one for one in found.values() if one.messages or one.answer is not None]


def _records(line: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for resource in listed(line, "resourceLogs", "resource_logs"):
        for scope in listed(resource, "scopeLogs", "scope_logs"):
            records = listed(scope, "logRecords", "log_records")
            yield from (record for record in records if isinstance(record, dict))


def _name(record: Mapping[str, Any]) -> str:
    """The event's name; SDKs before 1.35 wrote it as an attribute."""
    told = next((record[key] for key in _NAMES if record.get(key)), None)
    return str(told or attributes(record.get("attributes")).get("event.name", ""))


def _time(record: Mapping[str, Any]) -> float | None:
    return next(filter(None, map(moment, map(record.get, _TIMES))), None)
