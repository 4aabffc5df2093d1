"""Small changes to bodies on their way; every other byte of a value stays as it was."""

from __future__ import annotations

from typing import Any

import msgspec

from modicum.serve.problem import NOT_JSON, Problem

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def fields_of(body: bytes) -> dict[str, Any]:
    """The members of a request, their values as they came; raises Problem 400."""
    try:
        return dict(_decode(body))
    except NOT_JSON as error:
        raise Problem(400, "invalid_json", f"the body cannot be read: {error}") from None


def _value(raw: msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(raw)
    except NOT_JSON as error:
        raise Problem(400, "invalid_json", f"the body cannot be read: {error}") from None


def renamed(body: bytes, model: str) -> bytes:
    """The request with another model's name.

    >>> renamed(b'{"model":"a","x":[1 ,2]}', "b")
    b'{"model":"b","x":[1 ,2]}'
    """
    fields = fields_of(body)
    return _encode(fields | {"model": model})


def with_usage(body: bytes) -> bytes:
    """A streamed request that asks for its usage, whatever else its options say."""
    fields = fields_of(body)
    raw = fields.get("stream_options")
    options = _value(raw) if raw is not None else None
    merged = (options if isinstance(options, dict) else {}) | {"include_usage": True}
    return _encode(fields | {"stream_options": merged})


def extended(body: bytes, used: dict[str, Any]) -> bytes:
    """A reply whose usage also tells what it used."""
    try:
        fields: dict[str, Any] = dict(_decode(body))
        raw = fields.get("usage")
        usage = msgspec.json.decode(raw) if raw is not None else None
    except NOT_JSON:
        return body
    return _encode(
        fields | {"usage": (usage if isinstance(usage, dict) else {}) | {"modicum": used}}
    )


def usage_event(used: dict[str, Any]) -> bytes:
    """What a streamed answer used, as a comment that every client passes over."""
    return b": modicum " + _encode(used) + b"\n\n"


def cut_event(problem: Problem) -> bytes:
    """An error event at the end of a stream that broke."""
    return b"data: " + problem.body() + b"\n\n"
