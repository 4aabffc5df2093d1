"""A caller's connection: framing, pipelining, bounds, and what a hostile caller gets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from modicum.serve.bounds import LINGER_S, Bounds
from modicum.serve.direct import DirectExchange
from modicum.serve.exchange import Exchange, Gone, Watch
from modicum.serve.problem import Problem
from modicum.serve.protocol import Connection
from modicum.serve.ticker import Ticker

Answering = Callable[[DirectExchange], Awaitable[None]]
POST = b"POST /x HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b"


async def echo(exchange: DirectExchange) -> None:
    try:
        body = await exchange.body(1000, 0.3)
        await exchange.reply(200, [(b"x-path", exchange.path.encode())], body)
    except Problem as problem:
        await exchange.problem(problem)


def talk(answering: Answering, talking: Callable[..., Awaitable[None]], **bounds: Any) -> Any:
    """Serve with `answering` while `talking(reader, writer)` is a caller; returns the state."""
    state = SimpleNamespace(connections=set(), tasks=set(), total_requests=0)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        held = Bounds(**{"head_s": 0.3, "body_s": 0.3, **bounds}, ticker=Ticker(0.02))
        server = await loop.create_server(
            lambda: Connection(held, answering, state, loop),  # type: ignore[arg-type]
            "127.0.0.1",
            0,
        )
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        try:
            await asyncio.wait_for(talking(reader, writer), 20)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
            server.close()
            for _ in range(50):
                if not state.connections and not state.tasks:
                    break
                await asyncio.sleep(0.01)

    asyncio.run(run())
    assert (state.connections, state.tasks) == (set(), set())
    return state


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return int(head[9:12]), await reader.readexactly(length)


async def told(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the connection ends."""
    found = b""
    with contextlib.suppress(ConnectionError):
        while part := await reader.read(65536):
            found += part
    return found


def sending(data: bytes, **bounds: Any) -> bytes:
    """All that a caller of `echo` is told who sends this and then waits."""
    found = bytearray()

    async def talking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        found.extend(await told(reader))

    talk(echo, talking, **bounds)
    return bytes(found)


def test_requests_on_one_connection_are_answered_in_their_order() -> None:
    async def slow_first(exchange: DirectExchange) -> None:
        if exchange.path == "/x":
            await asyncio.sleep(0.05)
        await echo(exchange)

    async def talking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        second = b"POST /y HTTP/1.1\r\ncontent-length: 1\r\n\r\n2"
        writer.write(POST % (1, b"1") + second + (POST % (1, b"3"))[:40])
        assert await answer(reader) == (200, b"1")
        assert await answer(reader) == (200, b"2")
        writer.write((POST % (1, b"3"))[40:])
        assert await answer(reader) == (200, b"3")

    assert talk(slow_first, talking).total_requests == 3


@pytest.mark.parametrize("cut", range(1, 70, 7))
def test_a_request_may_come_in_any_pieces(cut: int) -> None:
    async def talking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        chunked = (
            b"POST /x HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n1\r\n!\r\n0\r\n\r\n"
        )
        writer.write(chunked[:cut])
        await asyncio.sleep(0.02)
        writer.write(chunked[cut:])
        assert await answer(reader) == (200, b"hi!")

    talk(echo, talking)


@pytest.mark.parametrize(
    "data",
    [
        b"POST /x HTTP/1.1\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /x HTTP/1.1\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nhi",
        b"POST /x HTTP/1.1\r\ntransfer-encoding: gzip, chunked, x\r\n\r\n0\r\n\r\n",
        b"POST /x HTTP/1.1\r\nx: a\r\n b\r\ncontent-length: 2\r\n\r\nhi",
        b"POST /x HTTP/1.1\r\nx : a\r\ncontent-length: 2\r\n\r\nhi",
        b"POST /x HTTP/1.1\r\nx: a\nevil: b\r\ncontent-length: 2\r\n\r\nhi",
        b"POST /x HTTP/1.1\r\nx: a\x00b\r\ncontent-length: 2\r\n\r\nhi",
        b"GET  /x HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /x HTTP/1.1\r\n" + b"x: y\r\n" * 300 + b"\r\n",
    ],
)
def test_what_is_no_request_is_refused_once_and_ends_the_connection(data: bytes) -> None:
    found = sending(data + POST % (1, b"1"))
    assert found.startswith(b"HTTP/1.1 400")
    assert found.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in found


def test_a_body_with_broken_chunks_is_refused_and_what_follows_is_no_request() -> None:
    head = b"POST /x HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"
    found = sending(head + b"2\r\nhix" + POST % (1, b"1"))
    assert found.startswith(b"HTTP/1.1 400")
    assert found.count(b"HTTP/1.1 ") == 1


def test_a_trailer_is_no_header() -> None:
    seen: list[dict[bytes, bytes]] = []

    async def keeping(exchange: DirectExchange) -> None:
        await exchange.body(100, 1.0)
        seen.append(dict(exchange.headers))
        await exchange.reply(200, [], b"")

    async def talking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"POST /x HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n")
        writer.write(b"1\r\na\r\n0\r\nx-api-key: stolen\r\n\r\n")
        assert await answer(reader) == (200, b"")

    talk(keeping, talking)
    assert seen == [{b"transfer-encoding": b"chunked"}]


def test_a_body_too_large_or_too_slow_is_told_even_while_it_is_sent() -> None:
    for size in (1001, 1 << 22):
        assert sending(POST % (size, b"x" * size), most_body=1000).startswith(b"HTTP/1.1 413")
    chunks = (b"%x\r\n" % 500 + b"x" * 500 + b"\r\n") * 3
    head = b"POST /x HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"
    assert sending(head + chunks, most_body=1000).startswith(b"HTTP/1.1 413")
    assert sending((POST % (9, b"x" * 9))[:-1]).startswith(b"HTTP/1.1 408")


def test_a_head_too_large_or_too_slow_is_told() -> None:
    assert sending(b"GET /x HTTP/1.1\r\nx: " + b"y" * 3000, most_head=2000)[9:12] == b"431"
    large = b"GET /x HTTP/1.1\r\nx: " + b"y" * 3000 + b"\r\n\r\n"
    assert sending(large, most_head=2000)[9:12] == b"431"
    assert sending(b"GET /x HTTP/1.1\r\nho")[9:12] == b"408"
    assert sending(b"") == b""


def test_a_refused_caller_is_listened_to_for_a_moment_only() -> None:
    async def talking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(POST % (5000, b""))
        assert (await told(reader)).startswith(b"HTTP/1.1 413")
        loop = asyncio.get_running_loop()
        began = loop.time()
        with contextlib.suppress(ConnectionError):
            while loop.time() - began < 3 * LINGER_S:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.1)
        assert loop.time() - began < 3 * LINGER_S

    talk(echo, talking, most_body=1000)


def test_a_body_that_an_early_answer_did_not_want_is_not_taken_for_a_request() -> None:
    async def early(exchange: DirectExchange) -> None:
        await exchange.reply(401, [], b"no")

    async def talking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner = POST % (0, b"")
        writer.write(b"POST /x HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(inner))
        assert await answer(reader) == (401, b"no")
        writer.write(inner + POST % (1, b"1"))
        assert await answer(reader) == (401, b"no")
        await asyncio.sleep(0.05)
        assert not reader._buffer  # type: ignore[attr-defined]  # nothing more was said

    assert talk(early, talking).total_requests == 2


def test_expect_is_answered_once_the_body_is_wanted() -> None:
    async def talking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = b"POST /x HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: %d\r\n\r\n"
        writer.write(head % 2)
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"hi")
        assert await answer(reader) == (200, b"hi")
        writer.write(head % 2000)
        assert (await answer(reader))[0] == 413

    talk(echo, talking)


@pytest.mark.parametrize("method", [b"HEAD", b"GET"])
def test_a_head_request_gets_no_body(method: bytes) -> None:
    found = sending(method + b" /x?a=1 HTTP/1.0\r\n\r\n")
    assert b"x-path: /x\r\n" in found
    assert b"connection: close" in found


def test_a_stream_waits_for_a_caller_that_reads_slowly() -> None:
    sent: list[int] = []

    async def streaming(exchange: DirectExchange) -> None:
        await exchange.begin(200, [])
        for _ in range(500):
            await exchange.part(b"x" * 65536)
            sent.append(1)
        await exchange.part(b"", more=False)

    async def talking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(POST % (0, b""))
        await asyncio.sleep(0.2)
        assert len(sent) < 400
        found = await reader.readuntil(b"\r\n\r\n")
        assert b"transfer-encoding: chunked" in found
        while True:
            size = int((await reader.readuntil(b"\r\n"))[:-2], 16)
            await reader.readexactly(size + 2)
            if not size:
                break
        assert len(sent) == 500

    talk(streaming, talking)


def test_leaving_ends_the_answer_that_is_being_made() -> None:
    ended: list[str] = []

    async def waiting(exchange: DirectExchange) -> None:
        try:
            with Watch(exchange):
                await asyncio.sleep(30)
        except Gone:
            ended.append("gone")

    async def unsent(exchange: DirectExchange) -> None:
        try:
            await exchange.body(1000, 30)
        except Gone:
            ended.append("unsent")

    async def talking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(POST % (1, b""))
        await asyncio.sleep(0.05)
        writer.transport.abort()

    talk(unsent, talking)

    async def whole(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(POST % (1, b"1"))
        await asyncio.sleep(0.05)
        writer.transport.abort()

    talk(waiting, whole)
    assert ended == ["unsent", "gone"]


def test_an_upgrade_is_ignored_and_the_connection_ends() -> None:
    upgrade = b"connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: x\r\n"
    found = sending(b"GET /x HTTP/1.1\r\n" + upgrade + b"\r\nPRI * HTTP/2.0\r\n\r\n")
    assert found.startswith(b"HTTP/1.1 200")
    assert found.count(b"HTTP/") == 1


def test_a_plugged_application_speaks_asgi() -> None:
    async def plugged(exchange: DirectExchange) -> None:
        inner = Exchange(*exchange.asgi())
        body = await inner.body(1000, 1.0)
        if inner.path == "/parts":
            await inner.begin(200, [(b"content-length", b"%d" % (2 * len(body)))])
            await inner.part(body)
            await inner.part(body, more=False)
        else:
            await inner.reply(200, [], body)

    async def talking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(POST % (2, b"h"))
        await asyncio.sleep(0.02)
        writer.write(b"i")
        assert await answer(reader) == (200, b"hi")
        writer.write(b"POST /parts HTTP/1.1\r\ncontent-length: 2\r\n\r\nhi")
        assert (await answer(reader)) == (200, b"hihi")

    talk(plugged, talking)


def test_what_is_whole_is_answered_before_a_broken_follower_ends_the_connection() -> None:
    async def slow(exchange: DirectExchange) -> None:
        await asyncio.sleep(0.05)
        await echo(exchange)

    async def talking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(POST % (1, b"1") + POST % (1, b"2"))
        await asyncio.sleep(0.02)
        writer.write(b"BREW /pot\x00\r\n\r\n" + b"x" * 5000)
        assert await answer(reader) == (200, b"1")
        assert await answer(reader) == (200, b"2")
        assert await told(reader) == b""

    assert talk(slow, talking, most_head=1000).total_requests == 2
