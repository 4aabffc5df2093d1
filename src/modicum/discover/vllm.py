"""vLLM's own log: a line of text for each request, and one for each answer.

Written by `--enable-log-requests` and `--enable-log-outputs` (vllm/entrypoints/logger.py, 2024 to
2026; later releases log the prompt at level DEBUG only).  Prompts stand there as the model's chat
template made them; those of ChatML and Llama 3 are taken apart again.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from modicum.discover.request import Message, Request

_TEXT = r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_ASKED = re.compile(rf"(?:Received request (\S+): |Request (\S+) details: )prompt: {_TEXT}")
_TOKENS = re.compile(r", (?:prompt|output)_token_ids: \[([\d, ]+)\]")
_ANSWERED = re.compile(rf"Generated response (\S+?)(?: \(streaming complete\))?: output: {_TEXT}")
_TURN = re.compile(
    r"(?:<\|im_start\|>(\w+)\n|<\|start_header_id\|>(\w+)<\|end_header_id\|>\n\n)(.*?)"
    r"(?=<\|im_end\|>|<\|eot_id\|>|<\|im_start\|>|<\|start_header_id\|>|\Z)",
    re.DOTALL,
)


def request_of_text(line: bytes) -> Request | None:
    """The prompt or the answer of one line, joined by the request's id; None for any other line."""
    if b"rompt: " not in line and b"Generated response" not in line:
        return None
    try:
        return _read(line.decode("utf-8", "replace"))
    except (ValueError, SyntaxError):  # a literal that is none
        return None


def _read(text: str) -> Request | None:
    if found := _ASKED.search(text):
        request = Request(tuple(_turns(_literal(found[3]))), tokens_in=_tokens(text, found.end()))
        return _named(request, found[1] or found[2])
    if (found := _ANSWERED.search(text)) and "(streaming delta)" not in text:
        return _named(
            Request(answer=_literal(found[2]), tokens_out=_tokens(text, found.end())), found[1]
        )
    return None


def _named(request: Request, name: str) -> Request:
    request.custom_id = f"vllm:{name}"
    return request


def _literal(text: str) -> str:
    return str(ast.literal_eval(text))


def _tokens(text: str, behind: int) -> int | None:
    """How many tokens are listed behind the prompt or the answer; None where none are."""
    listed = _TOKENS.search(text, behind)
    return listed[1].count(",") + 1 if listed else None


def _turns(prompt: str) -> Iterator[Message]:
    """The messages of a prompt; all of it as the user's where its template is not known."""
    turns = [(m[1] or m[2], m[3]) for m in _TURN.finditer(prompt)]
    if not turns:
        yield "user", prompt
        return
    yield from ((role, text.strip()) for role, text in turns if text.strip())
