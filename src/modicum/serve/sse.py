"""Server-sent events as they pass: whole events, and the usage that one of them tells."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from modicum.serve.problem import NOT_JSON

MOST = 1 << 20
"""Bytes of one event that are still read; a longer one passes unread."""


class _Details(msgspec.Struct):
    cached_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Details | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: _Details | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None

    def tokens(self) -> Tokens:
        details = self.prompt_tokens_details or self.input_tokens_details
        if self.prompt_tokens is not None or self.completion_tokens is not None:
            return Tokens(
                self.prompt_tokens,
                self.completion_tokens,
                details.cached_tokens if details else None,
            )
        read, written = self.cache_read_input_tokens, self.cache_creation_input_tokens
        tokens_in = self.input_tokens
        if tokens_in is not None:  # Anthropic tells what was cached apart from the rest
            tokens_in += (read or 0) + (written or 0)
        return Tokens(tokens_in, self.output_tokens, details.cached_tokens if details else read)


class _Nested(msgspec.Struct):
    usage: _Usage | None = None


class _Body(msgspec.Struct):
    usage: _Usage | None = None
    message: _Nested | None = None
    response: _Nested | None = None
    choices: list[msgspec.Raw] | None = None


class Tokens(NamedTuple):
    """Tokens of one answer; None where they were not told."""

    read: int | None = None
    written: int | None = None
    cached: int | None = None

    def or_else(self, other: Tokens) -> Tokens:
        """These, and the other's where these are unknown."""
        pairs = zip(self, other, strict=True)
        return Tokens(*(b if a is None else a for a, b in pairs))


NONE = Tokens()
_ENDS = (b"data: [DONE]", b"event: message_stop", b"event: response.completed")
_body = msgspec.json.Decoder(_Body).decode


def usage_of(body: bytes) -> Tokens:
    """The tokens that a whole reply tells; unknown where it tells none, or is not JSON.

    >>> usage_of(b'{"usage":{"prompt_tokens":9,"completion_tokens":2}}')
    Tokens(read=9, written=2, cached=None)
    """
    at = body.rfind(b'"usage"')
    if at < 0:
        return NONE
    try:
        found = _body(body)
    except NOT_JSON:
        return NONE
    return found.usage.tokens() if found.usage else NONE


class EventReader:
    """Takes bytes as they come, gives back the bytes to pass on, and remembers the usage.

    hide_usage: leave out the one event that was asked for on our account alone: a chunk without
    choices that tells the usage.
    """

    def __init__(self, *, hide_usage: bool) -> None:
        self.hide_usage = hide_usage
        self.tokens = NONE
        self.done = False
        self._left = b""

    def feed(self, data: bytes) -> bytes:
        """Whole events that `data` completes, in their own bytes."""
        buffer = self._left + data if self._left else data
        end = max(buffer.rfind(b"\n\n"), buffer.rfind(b"\r\n\r\n"))
        if end < 0:
            if len(buffer) > MOST:
                self._left = b""
                return buffer
            self._left = buffer
            return b""
        end += 4 if buffer[end : end + 1] == b"\r" else 2
        whole, self._left = buffer[:end], buffer[end:]
        self.done = self.done or any(mark in whole for mark in _ENDS)
        if b'"usage"' not in whole:
            return whole
        return self._read(whole)

    def rest(self) -> bytes:
        """What is left of an event that was never completed."""
        left, self._left = self._left, b""
        return left

    def _read(self, whole: bytes) -> bytes:
        mark = b"\r\n\r\n" if b"\r\n\r\n" in whole else b"\n\n"
        return b"".join(
            event + mark for event in whole.split(mark) if event and self._passes(event)
        )

    def _passes(self, event: bytes) -> bool:
        return b'"usage"' not in event or not self._usage(event) or not self.hide_usage

    def _usage(self, event: bytes) -> bool:
        """Read an event's usage; whether it is the chunk that tells nothing else."""
        at = event.find(b"data:")
        try:
            found = _body(event[at + 5 :])
        except NOT_JSON:
            return False
        for nested in (found.message, found.response, found):
            if nested is not None and nested.usage is not None:
                self.tokens = nested.usage.tokens().or_else(self.tokens)
        return found.usage is not None and found.choices == []
