"""A fixed upstream and a load generator on raw sockets, so that neither is what is measured.

python benchmarks/gateway_load.py mock PORT [PORT ...] [--failing]  # the upstream, its replicas
python benchmarks/gateway_load.py lean PORT --upstream PORT       # a rival: it passes on alone
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

MESSAGE = {"role": "assistant", "content": "Hello there, this is the fixed answer of the upstream."}
USAGE = {"prompt_tokens": 21, "completion_tokens": 12, "total_tokens": 33}
REPLY = json.dumps(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o",
        "choices": [{"index": 0, "message": MESSAGE, "finish_reason": "stop"}],
        "usage": USAGE,
    }
).encode()
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
WHOLE = HEAD % len(REPLY) + REPLY
FAILED = (
    b"HTTP/1.1 503 Unavailable\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
)

BUSY = (
    b"HTTP/1.1 429 Busy\r\nretry-after: 30\r\ncontent-type: application/json\r\n"
    b"content-length: 2\r\n\r\n{}"
)


def event(plain: dict[str, object]) -> bytes:
    data = b"data: " + json.dumps(plain).encode() + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(data), data)


CHUNK = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}
EVENTS = [
    event(CHUNK | {"choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}]})
    for word in ("Hello ", "there, ", "this ", "is ", "it.")
]
LAST = (
    event(CHUNK | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    + event(CHUNK | {"choices": [], "usage": USAGE})
    + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"
)
STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)


class Upstream(asyncio.Protocol):
    """Answers at once; while it fails, requests get 503, 429, a cut before or amid the answer.

    It fails for two seconds of ten; `phase` (seconds) lets replicas fail in turn.
    """

    failing = False
    began = time.monotonic()
    count = 0

    def __init__(self, phase: float = 0.0) -> None:
        self.phase = phase
        self.buffer = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # uvloop's own class

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            body = self.buffer[end + 4 : end + 4 + length]
            self.buffer = self.buffer[end + 4 + length :]
            self.answer(body)

    def answer(self, body: bytes) -> None:
        transport = self.transport
        assert transport is not None
        Upstream.count += 1
        rolling = self.failing and (time.monotonic() - self.began + self.phase) % 10 < 2
        turn = Upstream.count % 5 if rolling else 0
        if turn == 1:
            transport.write(FAILED)
        elif turn == 2:
            transport.write(BUSY)
        elif turn == 3:
            transport.abort()
        elif turn == 4:
            transport.write(WHOLE[:-20])
            transport.close()
        elif b'"stream":true' in body or b'"stream": true' in body:
            transport.write(STREAM_HEAD + b"".join(EVENTS) + LAST)
        else:
            transport.write(WHOLE)


@dataclass
class Load:
    """What one run of the generator saw."""

    latencies: list[float] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    seconds: float = 0.0

    def quantile(self, share: float, values: list[float] | None = None) -> float:
        ordered = sorted(self.latencies if values is None else values)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


class Caller(asyncio.Protocol):
    """One connection that sends the next request when the last was answered."""

    def __init__(self, request: bytes, load: Load, left: list[int], pace: float) -> None:
        self.request, self.load, self.left, self.pace = request, load, left, pace
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.buffer, self.sent, self.first = bytearray(), 0.0, 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # uvloop's own class
        self.next()

    def next(self) -> None:
        if self.left[0] <= 0:
            if not self.done.done():
                self.done.set_result(None)
            return
        self.left[0] -= 1
        self.sent, self.first = time.perf_counter(), 0.0
        assert self.transport is not None
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.first and (b"data:" in data or b"content-length" in data.lower()):
            self.first = time.perf_counter()
        if not whole(self.buffer):
            return
        now = time.perf_counter()
        status = int(self.buffer[9:12])
        self.load.latencies.append(now - self.sent)
        self.load.firsts.append(self.first - self.sent)
        self.load.statuses[status] = self.load.statuses.get(status, 0) + 1
        self.buffer.clear()
        if self.pace:
            asyncio.get_running_loop().call_later(
                max(self.pace - (now - self.sent), 0.0), self.next
            )
        else:
            self.next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError(f"the server hung up: {error}"))


def whole(buffer: bytearray) -> bool:
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = bytes(buffer[:end]).lower()
    at = head.find(b"content-length:")
    if at >= 0:
        return len(buffer) >= end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0])
    return buffer.endswith(b"0\r\n\r\n")


def request_of(path: str, body: bytes, key: str | None = None) -> bytes:
    auth = f"authorization: Bearer {key}\r\n" if key else ""
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{auth}"
    return (head + f"content-length: {len(body)}\r\n\r\n").encode() + body


async def generate(
    port: int,
    request: bytes,
    count: int,
    connections: int,
    rate: float = 0.0,
    load: Load | None = None,
) -> Load:
    """Send `count` requests over `connections`, as fast as they are answered or at a rate.

    load: what is filled and returned, for who wants to look at it on the way.
    """
    load, left = load or Load(), [count]
    loop = asyncio.get_running_loop()
    pace = connections / rate if rate else 0.0
    started = time.perf_counter()
    callers = []
    for _ in range(connections):
        _, caller = await loop.create_connection(
            lambda: Caller(request, load, left, pace), "127.0.0.1", port
        )
        callers.append(caller)
    await asyncio.gather(*(caller.done for caller in callers))
    load.seconds = time.perf_counter() - started
    for caller in callers:
        if caller.transport is not None:
            caller.transport.close()
    return load


async def mock(ports: list[int], failing: bool) -> None:
    Upstream.failing = failing
    loop = asyncio.get_running_loop()
    for turn, port in enumerate(ports):
        phase = 10.0 * turn / len(ports)
        await loop.create_server(partial(Upstream, phase), "127.0.0.1", port)
    await loop.create_future()  # until it is ended


async def lean(port: int, upstream: int) -> None:
    """uvicorn and aiohttp with nothing between: one request in, one out, one answer back."""
    import uvicorn
    from aiohttp import ClientSession, TCPConnector

    session = ClientSession(connector=TCPConnector(limit=0), auto_decompress=False)
    url = f"http://127.0.0.1:{upstream}/v1/chat/completions"
    kind = {"content-type": "application/json"}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = (await receive())["body"]
        async with session.post(url, data=body, headers=kind) as response:
            reply = await response.read()
        head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(reply))]
        await send({"type": "http.response.start", "status": response.status, "headers": head})
        await send({"type": "http.response.body", "body": reply})

    config = uvicorn.Config(app, port=port, access_log=False, log_level="error", lifespan="off")
    await uvicorn.Server(config).serve()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["mock", "lean"])
    parser.add_argument("port", type=int, nargs="+")
    parser.add_argument("--failing", action="store_true")
    parser.add_argument("--upstream", type=int, default=0)
    options = parser.parse_args()
    import uvloop

    if options.what == "lean":
        uvloop.run(lean(options.port[0], options.upstream))
    else:
        uvloop.run(mock(options.port, options.failing))


if __name__ == "__main__":
    main()
