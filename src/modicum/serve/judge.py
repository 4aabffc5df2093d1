"""Two answers in production: what a reply says, and which class it names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from modicum.candidates.llm_parse import parse_class
from modicum.serve.problem import NOT_JSON

_STREAM = b"data:"


def reply_text(reply: bytes) -> str | None:
    """The words of a whole or streamed reply of any of the three APIs; None where it has none.

    >>> reply_text(b'{"content":[{"type":"text","text":"spam"}]}')
    'spam'
    >>> reply_text(b'data: {"choices":[{"delta":{"content":"sp"}}]}\\n\\n'
    ...            b'data: {"choices":[{"delta":{"content":"am"}}]}\\n\\ndata: [DONE]\\n\\n')
    'spam'
    """
    if reply[:6].lstrip().startswith((_STREAM, b"event")):
        parts = [_words(line[5:]) for line in reply.splitlines() if line.startswith(_STREAM)]
        told = [part for part in parts if part]
        return "".join(told) or None
    return _words(reply)


def reply_model(reply: bytes) -> str | None:
    """The model that a reply says answered, as the provider names it; None where it does not say.

    >>> reply_model(b'{"model":"gpt-4o-2024-08-06"}')
    'gpt-4o-2024-08-06'
    """
    try:
        found = msgspec.json.decode(reply)
    except NOT_JSON:
        return None
    model = found.get("model") if isinstance(found, dict) else None
    return model if isinstance(model, str) and model else None


def _words(raw: bytes) -> str | None:
    try:
        found: Any = msgspec.json.decode(raw)
    except NOT_JSON:
        return None
    if not isinstance(found, dict):
        return None
    for look in (_of_chat, _of_message, _of_response):
        try:
            text = look(found)
        except (LookupError, TypeError, AttributeError):
            continue
        if isinstance(text, str) and text:
            return text
    return None


def _of_chat(found: Any) -> Any:
    choice = found["choices"][0]
    return (choice.get("message") or choice["delta"]).get("content")


def _of_message(found: Any) -> Any:
    if found.get("type") == "content_block_delta":
        return found["delta"].get("text")
    return "".join(part["text"] for part in found["content"] if part["type"] == "text")


def _of_response(found: Any) -> Any:
    if found.get("type") == "response.output_text.delta":
        return found["delta"]
    texts = [
        part["text"]
        for item in found["output"]
        if item.get("type") == "message"
        for part in item["content"]
        if part.get("type") == "output_text"
    ]
    return "".join(texts)


def named(text: str | None, classes: Sequence[str] | None) -> str | None:
    """The answer in a reply: one of the classes where they are known; None where it names none.

    >>> named("The answer is: LOC.", ["HUM", "LOC"]), named("no idea", ["HUM", "LOC"])
    ('LOC', None)
    """
    if text is None or not text.strip():
        return None
    return text.strip() if classes is None else parse_class(text, classes, classes)


def messages_of(body: bytes) -> list[dict[str, Any]] | None:
    """The messages of a request of any of the three APIs, the system's words first.

    None where it has no messages: a plain input.

    >>> messages_of(b'{"system":"Be brief.","messages":[{"role":"user","content":"x"}]}')[0]
    {'role': 'system', 'content': 'Be brief.'}
    """
    try:
        found = msgspec.json.decode(body)
    except NOT_JSON:
        return None
    if not isinstance(found, dict):
        return None
    words = found.get("system") or found.get("instructions")
    turns = found.get("messages")
    if words is None and not isinstance(turns, list):
        return None
    first = [] if words is None else [{"role": "system", "content": words}]
    rest = turns if isinstance(turns, list) else []
    return first + [turn for turn in rest if isinstance(turn, dict)]


def slices_of(body: bytes, columns: frozenset[str]) -> tuple[str, ...]:
    """Slices that a request names in its `metadata`, of the columns that are watched.

    >>> slices_of(b'{"metadata":{"lang":"de","trace":"7"}}', frozenset({"lang"}))
    ('lang=de',)
    """
    if not columns:
        return ()
    try:
        found = msgspec.json.decode(body)
    except NOT_JSON:
        return ()
    told = found.get("metadata") if isinstance(found, dict) else None
    if not isinstance(told, dict):
        return ()
    pairs = ((c, told[c]) for c in sorted(columns) if isinstance(told.get(c), str))
    return tuple(f"{column}={value[:200]}" for column, value in pairs)
