"""What a model calls a tool with: structured output by another name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

_ARGUMENTS = ("arguments", "input", "args")
_INNER = ("function", "functionCall", "function_call")
_TYPES = ("function_call", "tool_use", "tool_call", "function", None)


def called(parts: Iterable[Any]) -> str | None:
    """The arguments of the first call as JSON, None where no part is one.

    Takes calls of OpenAI (chat and Responses), Anthropic, Gemini and OpenTelemetry.

    >>> called([{"type": "text"}, {"type": "tool_use", "name": "f", "input": {"city": "Oslo"}}])
    '{"city": "Oslo"}'
    """
    found = (_arguments(part) for part in parts if isinstance(part, dict))
    return next((text for text in found if text is not None), None)


def _arguments(part: Mapping[str, Any]) -> str | None:
    if part.get("type") not in _TYPES:
        return None
    inner = next((part[key] for key in _INNER if isinstance(part.get(key), dict)), part)
    for key in _ARGUMENTS:
        if (value := inner.get(key)) is not None:
            return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return None
