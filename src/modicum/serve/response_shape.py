"""A task's answer as OpenAI's Responses API tells it, whole or as events."""

from __future__ import annotations

import secrets
import time
from typing import Any

import msgspec

_encode = msgspec.json.Encoder().encode


def response_reply(model: str, content: str, extension: dict[str, Any] | None) -> bytes:
    """One whole response."""
    return _encode(_response(model, [_message(content)], "completed", extension))


def response_stream(model: str, content: str, extension: dict[str, Any] | None) -> bytes:
    """The same as numbered events."""
    message = _message(content)
    response = _response(model, [], "in_progress", None)
    place = {"item_id": message["id"], "output_index": 0, "content_index": 0}
    part = message["content"][0]
    empty = message | {"status": "in_progress", "content": []}
    done = _response(model, [message], "completed", extension) | {
        name: response[name] for name in ("id", "created_at")
    }
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": response},
        {"type": "response.in_progress", "response": response},
        {"type": "response.output_item.added", "output_index": 0, "item": empty},
        {"type": "response.content_part.added", **place, "part": part | {"text": ""}},
        {"type": "response.output_text.delta", **place, "delta": content, "logprobs": []},
        {"type": "response.output_text.done", **place, "text": content, "logprobs": []},
        {"type": "response.content_part.done", **place, "part": part},
        {"type": "response.output_item.done", "output_index": 0, "item": message},
        {"type": "response.completed", "response": done},
    ]
    return b"".join(_event(event, number) for number, event in enumerate(events))


def _event(event: dict[str, Any], number: int) -> bytes:
    data = _encode(event | {"sequence_number": number})
    name: str = event["type"]
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"


def _message(content: str) -> dict[str, Any]:
    return {
        "type": "message",
        "id": "msg_" + secrets.token_hex(12),
        "status": "completed",
        "role": "assistant",
        "content": [{"type": "output_text", "text": content, "annotations": [], "logprobs": []}],
    }


def _response(
    model: str, output: list[dict[str, Any]], status: str, extension: dict[str, Any] | None
) -> dict[str, Any]:
    usage: dict[str, Any] = {
        "input_tokens": 0,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 0,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 0,
    }
    if extension is not None:
        usage["modicum"] = extension
    return {
        "id": "resp_" + secrets.token_hex(12),
        "object": "response",
        "created_at": int(time.time()),
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": model,
        "output": output,
        "parallel_tool_calls": True,
        "temperature": None,
        "tool_choice": "auto",
        "tools": [],
        "top_p": None,
        "usage": usage if status == "completed" else None,
    }
