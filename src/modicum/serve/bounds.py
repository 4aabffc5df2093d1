"""What every caller's connection is held to, and what it is told where it is not kept."""

from __future__ import annotations

from dataclasses import dataclass, field

from modicum.serve.ticker import Ticker

MOST_HEADERS = 200
MOST_WAITING = 64
"""Requests that a caller may send before the first is answered."""
KEEP_S = 75.0
"""How long an idle connection is kept."""
STALL_S = 60.0
"""How long a caller may take to read anything of its answer."""
LINGER_S = 2.0
"""How long what a refused caller still sends is read: closing at once could lose the answer."""


@dataclass(frozen=True)
class Bounds:
    """Sizes and times of one server; `ticker` watches the deadlines of all its connections."""

    most_head: int = 65536
    most_body: int = 20 << 20
    head_s: float = 10.0
    body_s: float = 30.0
    ticker: Ticker = field(default_factory=Ticker)


def _refusal(status: str, words: str) -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: text/plain\r\nconnection: close\r\n"
    return f"{head}content-length: {len(words) + 1}\r\n\r\n{words}\n".encode()


MALFORMED = _refusal("400 Bad Request", "this is no HTTP request")
TOO_LARGE = _refusal("431 Request Header Fields Too Large", "the headers are too large")
TOO_SLOW = _refusal("408 Request Timeout", "the request is too slow")
