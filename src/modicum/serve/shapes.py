"""A task's answer in the shapes of the APIs: chat completion, chunks, Anthropic message."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

import msgspec

from modicum.serve.schema_fit import fitted

_encode = msgspec.json.Encoder().encode
_NO_TOKENS = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
"""A task's own candidate reads no tokens: 0 is a fact here, not an unknown."""


def chat_reply(model: str, content: str, extension: dict[str, Any] | None) -> bytes:
    """One chat.completion."""
    usage = _NO_TOKENS if extension is None else _NO_TOKENS | {"modicum": extension}
    return _encode(
        {
            "id": "chatcmpl-" + secrets.token_hex(12),
            "object": "chat.completion",
            "created": int(time.time()),
            "model": model,
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": content, "refusal": None},
                    "logprobs": None,
                    "finish_reason": "stop",
                }
            ],
            "usage": usage,
        }
    )


def chat_stream(
    model: str, content: str, extension: dict[str, Any] | None, *, usage: bool
) -> bytes:
    """The same as server-sent events, ending with [DONE]."""
    head = {
        "id": "chatcmpl-" + secrets.token_hex(12),
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": model,
    }
    deltas: list[tuple[dict[str, Any], str | None]] = [
        ({"role": "assistant", "content": content, "refusal": None}, None),
        ({}, "stop"),
    ]
    chunks: list[dict[str, Any]] = [
        head
        | {"choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]}
        for delta, reason in deltas
    ]
    if usage or extension is not None:
        told = _NO_TOKENS if extension is None else _NO_TOKENS | {"modicum": extension}
        chunks.append(head | {"choices": [], "usage": told})
    return b"".join(b"data: " + _encode(c) + b"\n\n" for c in chunks) + b"data: [DONE]\n\n"


def content_for(value: str, response_format: dict[str, Any] | None) -> str | None:
    """The answer as the caller wants it: plain, or in its JSON schema; None where it does not fit.

    A schema fits that is an object with one string property, whose enum (if any) has the answer;
    and any schema that an answer which is a JSON object keeps.

    >>> content_for("spam", None)
    'spam'
    >>> schema = {"type": "object", "properties": {"label": {"enum": ["spam", "ham"]}}}
    >>> content_for("spam", {"type": "json_schema", "json_schema": {"schema": schema}})
    '{"label":"spam"}'
    """
    kind = (response_format or {}).get("type", "text")
    if kind == "text":
        return value
    written = _object(value)
    if kind == "json_object":
        return None if written is None else value
    if kind != "json_schema" or response_format is None:
        return None
    outer = response_format.get("json_schema") or response_format
    schema = outer.get("schema") if isinstance(outer, dict) else None
    if written is not None:
        ok, kept = fitted(written, schema)
        return _encode(kept).decode() if ok else None
    name = _only_property(schema, value)
    return None if name is None else _encode({name: value}).decode()


def _object(value: str) -> dict[str, Any] | None:
    """The answer of an extraction; None for a text."""
    if value[:1] != "{":
        return None
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _only_property(schema: object, value: str) -> str | None:
    if not isinstance(schema, dict) or not isinstance(schema.get("properties"), dict):
        return None
    properties = schema["properties"]
    if len(properties) != 1:
        return None
    name, inner = next(iter(properties.items()))
    if isinstance(inner, dict) and isinstance(inner.get("$ref"), str):
        inner = (schema.get("$defs") or {}).get(inner["$ref"].rpartition("/")[2])
    if not isinstance(inner, dict):
        return None
    if "enum" in inner:
        return name if isinstance(inner["enum"], list) and value in inner["enum"] else None
    if "const" in inner:
        return name if inner["const"] == value else None
    return name if inner.get("type") == "string" else None


def message_reply(model: str, content: str, extension: dict[str, Any] | None) -> bytes:
    """One Anthropic message."""
    usage: dict[str, Any] = {"input_tokens": 0, "output_tokens": 0}
    return _encode(
        _message(model, [{"type": "text", "text": content}], "end_turn")
        | {"usage": usage if extension is None else usage | {"modicum": extension}}
    )


def _message(model: str, content: list[dict[str, Any]], stop: str | None) -> dict[str, Any]:
    return {
        "id": "msg_" + secrets.token_hex(12),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {"input_tokens": 0, "output_tokens": 0},
    }


def message_stream(model: str, content: str) -> bytes:
    """The same as Anthropic's events."""
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": _message(model, [], None)},
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "text", "text": ""},
        },
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": content},
        },
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": 0},
        },
        {"type": "message_stop"},
    ]
    return b"".join(
        b"event: " + e["type"].encode() + b"\ndata: " + _encode(e) + b"\n\n" for e in events
    )
