"""The client of the gateway against upstreams that are slow, broken or hostile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from modicum.errors import ServeError
from modicum.serve.answer import Answer, BadReplyError, CutReplyError
from modicum.serve.pool import Address, Pool
from modicum.serve.wire import MOST_HEAD

CHUNKED = b"transfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def served(
    script: Script,
    asking: Callable[[Pool], Awaitable[None]],
    *,
    read_s: float = 5.0,
    most: int = 100,
) -> int:
    """Run `asking` against a server that answers by `script`; returns how many connected."""
    connected = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connected
        connected += 1
        try:
            await script(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        pool = Pool(Address(f"http://127.0.0.1:{port}/v1"), connect_s=2.0, read_s=read_s, most=most)
        pool.ticker.tick_s = 0.02
        try:
            await asyncio.wait_for(asking(pool), 20)
        finally:
            pool.close()
            server.close()
            await asyncio.sleep(0.01)

    asyncio.run(run())
    return connected


async def asked(reader: asyncio.StreamReader) -> bytes:
    """One whole request."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return head + await reader.readexactly(length)


def saying(*replies: bytes, close: bool = False) -> Script:
    """Answers each request of a connection with the next of these."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in replies:
            await asked(reader)
            writer.write(reply)
            await writer.drain()
        if not close:
            await reader.read()

    return script


async def ask(pool: Pool, body: bytes = b"{}") -> Answer:
    return await pool.ask("POST", "/chat", [(b"content-type", b"application/json")], body)


def test_a_request_is_sent_whole_and_its_answer_read() -> None:
    seen: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await asked(reader))
        writer.write(b"HTTP/1.1 201 Made\r\nX-Request-ID: 7\r\ncontent-length: 2\r\n\r\nhi")
        await reader.read()

    async def asking(pool: Pool) -> None:
        answer = await ask(pool, b'{"a":1}')
        assert (answer.status, answer.header(b"x-request-id")) == (201, b"7")
        assert await answer.read() == b"hi"

    served(script, asking)
    head, _, body = seen[0].partition(b"\r\n\r\n")
    assert body == b'{"a":1}'
    assert head.split(b"\r\n")[0] == b"POST /v1/chat HTTP/1.1"
    assert b"\r\ncontent-type: application/json\r\ncontent-length: 7" in head


def test_a_connection_is_used_again_and_many_at_once_open_more() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            body = (await asked(reader)).partition(b"\r\n\r\n")[2]
            await asyncio.sleep(0.02)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))

    async def asking(pool: Pool) -> None:
        async def one(number: int) -> None:
            for turn in range(5):
                body = b"%d-%d" % (number, turn)
                assert await (await ask(pool, body)).read() == body

        await asyncio.gather(*(one(number) for number in range(8)))
        await one(9)

    assert served(script, asking) == 8


def test_beyond_the_most_connections_a_request_waits_its_turn() -> None:
    async def asking(pool: Pool) -> None:
        answers = await asyncio.gather(*(ask(pool) for _ in range(6)))
        assert [await answer.read() for answer in answers] == [b"hi"] * 6

    assert served(saying(*[OK] * 6), asking, most=2) == 2


@pytest.mark.parametrize(
    ("reply", "body"),
    [
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx: y\r\n\r\n",
            b"hi",
        ),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"hi"),
        (b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + OK, b"hi"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", b""),
    ],
)
def test_every_framing_is_read_and_the_connection_kept(reply: bytes, body: bytes) -> None:
    async def asking(pool: Pool) -> None:
        for _ in range(2):
            answer = await ask(pool)
            assert await answer.read() == body
            assert answer.header(b"link") == answer.header(b"x") == b""

    assert served(saying(reply, reply), asking) == 1


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\n\r\nhi",
        b"HTTP/1.0 200 OK\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi",
    ],
)
def test_an_answer_that_ends_with_its_connection_is_whole_and_the_next_opens_one(
    reply: bytes,
) -> None:
    async def asking(pool: Pool) -> None:
        for _ in range(2):
            assert await (await ask(pool)).read() == b"hi"

    assert served(saying(reply, close=True), asking) == 2


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n" + CHUNKED + b"\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 9\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nx: a\r\n b: c\r\ncontent-length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nx: a\nset-cookie: evil\r\ncontent-length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhi\r\n0\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nhi",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 300 + b"content-length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * (2 * MOST_HEAD),
    ],
)
def test_an_answer_that_is_no_http_is_refused_and_its_connection_closed(reply: bytes) -> None:
    async def asking(pool: Pool) -> None:
        for _ in range(2):
            with pytest.raises(BadReplyError):
                await (await ask(pool)).read()
        assert not [wire for wire in pool.wires if wire.usable]

    assert served(saying(reply), asking) == 2


def test_an_answer_sent_ahead_reaches_nobody() -> None:
    evil = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"

    async def later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        writer.write(OK)
        await asyncio.sleep(0.05)
        writer.write(evil)
        await reader.read()

    async def asking(pool: Pool) -> None:
        for _ in range(3):
            assert await (await ask(pool)).read() == b"hi"
            await asyncio.sleep(0.15)

    assert served(saying(OK + evil), asking) == 3
    assert served(later, asking) == 3


def test_an_answer_that_breaks_off_is_told_as_cut() -> None:
    async def asking(pool: Pool) -> None:
        answer = await ask(pool)
        with pytest.raises(CutReplyError):
            await answer.read()
        with pytest.raises(CutReplyError):
            await ask(pool)

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        if not begun:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhi")
            await writer.drain()
        begun.append(1)

    begun: list[int] = []
    served(script, asking)


def test_silence_ends_with_a_timeout_before_and_amid_the_answer() -> None:
    async def asking(pool: Pool) -> None:
        with pytest.raises(TimeoutError):
            await ask(pool)
        answer = await ask(pool)
        assert await answer.part() == b"h"
        with pytest.raises(TimeoutError):
            await answer.part()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        if asks:
            writer.write(OK[:-1])
        asks.append(1)
        await reader.read()

    asks: list[int] = []
    served(script, asking, read_s=0.2)


def test_a_caller_that_leaves_closes_its_connection_and_no_other() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = await asked(reader)
        if b"stay" in body:
            await asyncio.sleep(0.2)
            writer.write(OK)
        ended.append((b"stay" in body, await reader.read()))

    async def asking(pool: Pool) -> None:
        leaving = asyncio.ensure_future(ask(pool, b"leave"))
        staying = asyncio.ensure_future(ask(pool, b"stay"))
        await asyncio.sleep(0.1)
        leaving.cancel()
        await asyncio.sleep(0.02)
        assert ended == [(False, b"")]
        assert await (await staying).read() == b"hi"

    ended: list[tuple[bool, bytes]] = []
    served(script, asking)


def test_a_body_that_nobody_takes_is_not_read_without_bound() -> None:
    part, count = b"x" * 65536, 800

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await asked(reader)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (len(part) * count))
            for _ in range(count):
                writer.write(part)
                await writer.drain()
                sent.append(len(part))

    async def asking(pool: Pool) -> None:
        answer = await ask(pool)
        await asyncio.sleep(0.3)
        waiting = sum(sent)
        assert waiting < len(part) * count / 2
        got = 0
        while data := await answer.part():
            got += len(data)
        assert got == len(part) * count
        with pytest.raises(BadReplyError):
            await (await ask(pool)).read(most=1 << 20)

    sent: list[int] = []
    served(script, asking)


@pytest.mark.parametrize(
    "url",
    ["ftp://h/v1", "h/v1", "http://", "http://u:p@h/v1", "http://h/v1?x=1", "http://h:x/v1", ""],
)
def test_an_address_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ServeError) as told:
        Address(url)
    assert "u:p" not in str(told.value)


def test_an_address_cannot_end_its_line_early() -> None:
    assert Address("http://h/a b").path == "/a%20b"
    assert "\n" not in Address("http://h/a\r\nx: y").path
