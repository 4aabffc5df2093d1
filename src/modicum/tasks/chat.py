"""Conversations as rows: the turns of a chat, as files for fine-tuning hold them, made columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_LISTS = ("messages", "conversations", "conversation")
_ROLES = {"human": "user", "gpt": "assistant", "developer": "system", "model": "assistant"}


def with_turns(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its conversation as columns; the same row where it holds none.

    `user` is the last question that was answered and `assistant` its answer, `system` the
    instructions, and `earlier` the turns before.  A column already there keeps its cell.

    >>> with_turns({"messages": [{"role": "user", "content": "2 + 2?"},
    ...                          {"role": "assistant", "content": "4"}]})
    {'user': '2 + 2?', 'assistant': '4'}
    """
    name = next((n for n in _LISTS if _is_chat(row.get(n))), None)
    if name is None:
        return row
    rest = {key: cell for key, cell in row.items() if key != name}
    return _turns([(_role(m), _text(m)) for m in row[name]]) | rest


def _is_chat(cell: Any) -> bool:
    return isinstance(cell, list) and bool(cell) and all(_role(message) for message in cell)


def _role(message: Any) -> str:
    found = message.get("role", message.get("from")) if isinstance(message, dict) else None
    return _ROLES.get(found, found) if isinstance(found, str) else ""


def _text(message: dict[str, Any]) -> str:
    content = message.get("content", message.get("value"))
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        return "\n".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else _called(message)


def _called(message: dict[str, Any]) -> str:
    """The arguments of a tool call: structured output by another name."""
    calls = message.get("tool_calls")
    first = calls[0] if isinstance(calls, list) and calls else None
    function = first.get("function") if isinstance(first, dict) else message.get("function_call")
    arguments = function.get("arguments") if isinstance(function, dict) else None
    return arguments if isinstance(arguments, str) else ""


def _turns(said: Sequence[tuple[str, str]]) -> dict[str, str]:
    instructions = "\n".join(text for role, text in said if role == "system")
    talk = [(role, text) for role, text in said if role != "system"]
    answer = talk.pop()[1] if talk and talk[-1][0] == "assistant" else ""
    asked = max((at for at, (role, _) in enumerate(talk) if role == "user"), default=None)
    if asked is None:
        return {"system": instructions} if instructions else {}
    earlier = "\n".join(f"{role}: {text}" for role, text in talk[:asked])
    question = "\n".join(text for _, text in talk[asked:])
    columns = {"system": instructions, "earlier": earlier, "user": question, "assistant": answer}
    return {name: text for name, text in columns.items() if text}
