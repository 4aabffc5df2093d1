"""Small changes to bodies on their way; every other byte of a value stays as it was."""

from __future__ import annotations

from typing import Any

import msgspec

from modicum.serve.problem import Problem

_encode = msgspec.json.Encoder().encode
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def renamed(body: bytes, model: str) -> bytes:
    """The request with another model's name.

    >>> renamed(b'{"model":"a","x":[1 ,2]}', "b")
    b'{"model":"b","x":[1 ,2]}'
    """
    fields: dict[str, Any] = _fields(body)
    return _encode(fields | {"model": model})


def with_usage(body: bytes) -> bytes:
    """A streamed request that asks for its usage, whatever else its options say."""
    fields: dict[str, Any] = _fields(body)
    raw = fields.get("stream_options")
    options = msgspec.json.decode(raw) if raw is not None else None
    merged = (options if isinstance(options, dict) else {}) | {"include_usage": True}
    return _encode(fields | {"stream_options": merged})


def extended(body: bytes, used: dict[str, Any]) -> bytes:
    """A reply whose usage also tells what it used."""
    try:
        fields: dict[str, Any] = _fields(body)
        raw = fields.get("usage")
        usage = msgspec.json.decode(raw) if raw is not None else None
    except msgspec.DecodeError:
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
