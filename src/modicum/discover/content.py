"""Texts out of the many shapes that messages are logged in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from modicum.discover.calls import called
from modicum.discover.parse import parsed
from modicum.discover.request import Message

_ROLES = {"developer": "system", "human": "user", "ai": "assistant", "model": "assistant"}


def text_of(content: Any) -> str:
    """The text of a message's content: a string, a list of parts, or nothing.

    >>> text_of([{"type": "text", "text": "a"}, {"type": "image_url"}, {"content": "b"}])
    'a\\nb'
    """
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        spoken = (part for part in content if not _is_thought(part))
        return "\n".join(part for part in map(text_of, spoken) if part)
    if isinstance(content, dict):
        for key in ("text", "content", "parts", "value"):
            if key in content:
                return text_of(content[key])
    return ""


def _is_thought(part: Any) -> bool:
    """Whether a part is what a model thought before it spoke."""
    return isinstance(part, dict) and part.get("type") in ("reasoning", "thinking")


def messages_of(found: Any) -> tuple[Message, ...]:
    """Role and text of each message; a bare text is one of the user's.

    Takes lists of messages (content as text or parts), an object that holds such a list under
    `messages`, and any of them as a string of JSON.

    >>> messages_of('[{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]')
    (('user', 'Hi'),)
    """
    found = unpacked(found)
    if isinstance(found, str):
        return (("user", found),) if found.strip() else ()
    if isinstance(found, dict):
        return _of_object(found)
    if isinstance(found, list):
        if found and all(isinstance(part, str) for part in found):
            return (("user", "\n".join(found)),)
        return tuple(_each(found))
    return ()


def _of_object(found: Mapping[str, Any]) -> tuple[Message, ...]:
    for key in ("messages", "input", "prompt", "contents"):
        if key in found:
            first = found.get("system", found.get("instructions"))
            head = (("system", text_of(first)),) if first else ()
            return head + messages_of(found[key])
    if "role" in found or "content" in found or "parts" in found:
        return tuple(_each([found]))
    return (("user", json.dumps(found, ensure_ascii=False, sort_keys=True)),)


def _each(found: list[Any]) -> Iterator[Message]:
    for message in found:
        if not isinstance(message, dict):
            continue
        role = message.get("role")
        if role not in _KNOWN:
            role = str(role or message.get("type") or "user").lower()
            role = _ROLES.get(role, role if role in _KNOWN else "user")
        text = message.get("content")
        if type(text) is not str:
            text = text_of(message.get("content", message.get("parts", message.get("text"))))
        if text:
            yield role, text


_KNOWN = ("system", "user", "assistant", "tool", "function")  # a role may be unhashable


def unpacked(found: Any) -> Any:
    """The same, or what it holds where it is a string of JSON."""
    if isinstance(found, str) and found.startswith(("[", "{")):
        try:
            return parsed(found)
        except (ValueError, RecursionError):
            return found
    return found


def answer_of(found: Any) -> str | None:
    """The text of an answer: chat or completion choices, the Responses API, a message, a text."""
    found = unpacked_answer(found)
    if isinstance(found, str):
        return found
    if isinstance(found, list):
        return answer_of(found[0]) if len(found) == 1 else _said(found)
    if not isinstance(found, dict):
        return None
    for key in _NESTED:
        if found.get(key):
            return _nested(key, found[key])
    calls = found.get("tool_calls")
    if isinstance(calls, list) and calls and not found.get("content"):
        return called(calls)
    for key in ("content", "parts", "text", "completion", "response", "answer"):
        if found.get(key) is not None:
            return _said(found[key])
    return None


def _said(found: Any) -> str | None:
    """The text of what was answered, else what a tool is called with."""
    text = text_of(found)
    return text or (called(found) if isinstance(found, list) else None)


_NESTED = ("choices", "output", "message", "delta", "messages", "candidates")


def unpacked_answer(found: Any) -> Any:
    """A string of JSON is opened only where it wraps an answer; a JSON answer stays as it is."""
    inner = unpacked(found)
    if inner is found:
        return found
    wraps = isinstance(inner, dict) and ({"choices", "role"} & inner.keys())
    listed = (
        isinstance(inner, list)
        and bool(inner)
        and isinstance(inner[0], dict)
        and ({"role", "message"} & inner[0].keys())
    )
    return inner if wraps or listed else found


def _nested(key: str, found: Any) -> str | None:
    if key == "messages" and isinstance(found, list):
        return answer_of(found[-1])
    if key in ("choices", "candidates") and isinstance(found, list):
        return answer_of(found[0])
    if key == "output" and isinstance(found, list):
        spoken = [part for part in found if not _is_reasoning(part)]
        return text_of(spoken) or called(found)
    return answer_of(found)


def _is_reasoning(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") not in (None, "message", "output_text")


def moment(found: Any) -> float | None:
    """Seconds since 1970 of a number (seconds, milli-, micro- or nanoseconds) or an ISO 8601 text.

    >>> moment("1970-01-01T00:01:00Z"), moment(1_700_000_000_000), moment(True)
    (60.0, 1700000000.0, None)
    """
    if isinstance(found, str):
        if found.isdigit():
            return moment(int(found))
        try:
            read = datetime.fromisoformat(found)
        except ValueError:
            return None
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 < found < 1e20:
        return None
    for size in (1e9, 1e6, 1e3):
        if found / size > 3e8:  # after 1979
            return found / size
    return float(found)


def count(found: Any) -> int | None:
    """A count of tokens, or None for anything else."""
    if type(found) is int and 0 <= found < 10**12:
        return found
    if isinstance(found, str) and found.isdigit():
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < 1e12:
        return None
    return int(found)


def number(found: Any) -> float | None:
    """A finite number of 0 or more, perhaps as text, or None for anything else.

    >>> number("0.25"), number(True), number("nan"), number(-1)
    (0.25, None, None, None)
    """
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        return None
    try:
        read = float(found)
    except ValueError:
        return None
    return read if 0 <= read < 1e12 else None
