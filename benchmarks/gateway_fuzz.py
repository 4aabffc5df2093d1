"""Sends broken requests to a running gateway: none may be answered 5xx, and nothing may leak.

    python benchmarks/gateway_fuzz.py DECISION [--bodies 100000] [--heads 5000] [--seed 1]

Bodies are valid requests of every endpoint, changed: a value of another type, a field twice or
missing, deep nesting, huge numbers, lone surrogates, bytes flipped, cut or repeated.  Heads are
whole requests with bytes changed, each on a connection of its own.  The upstream always answers
200, so that every 5xx is the gateway's.  Memory, open files and upstream connections are compared
after a tenth of the bodies and after all; the key may be in no answer, and the ledger must hold a
row for each answer that says it was recorded.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

from gateway import TASK, Line, Server, Stand, running
from modicum.serve.pool import Address, Pool

TEXT = {"role": "user", "content": "Win a prize, call now 0900"}
VALID: list[tuple[str, dict[str, Any]]] = [
    ("/v1/chat/completions", {"model": "gpt-4o", "messages": [TEXT], "user": "u1"}),
    ("/v1/chat/completions", {"model": TASK, "messages": [TEXT], "temperature": 0.5}),
    ("/v1/chat/completions", {"model": TASK, "messages": [TEXT], "stream": True,
                              "stream_options": {"include_usage": True}}),
    ("/v1/chat/completions", {"model": "gpt-4o", "messages": [TEXT], "stream": True}),
    ("/v1/chat/completions", {"model": TASK, "messages": [TEXT], "response_format": {
        "type": "json_schema", "json_schema": {"name": "x", "schema": {
            "type": "object", "properties": {"label": {"type": "string", "enum": ["spam"]}}}}}}),
    ("/v1/completions", {"model": "gpt-4o", "prompt": "hello", "max_tokens": 5}),
    ("/v1/responses", {"model": TASK, "input": [TEXT], "instructions": "be brief"}),
    ("/v1/responses", {"model": TASK, "input": "Win a prize"}),
    ("/v1/embeddings", {"model": "gpt-4o", "input": ["a", "b"]}),
    ("/v1/messages", {"model": TASK, "max_tokens": 9, "messages": [TEXT], "system": "x"}),
    (f"/tasks/{TASK}", {"input": "Win a prize"}),
    (f"/tasks/{TASK}", {"input": ["Win a prize", "See you at six"], "user": "u1"}),
    ("/v1/feedback", {"task": TASK, "input": "Win", "label": "spam", "sampled": True}),
]  # fmt: skip
ODD: list[Any] = [
    None, True, False, 0, -1, 1.5, 10**30, 1e308, "", "x" * 5000, "\u0000", "\ud800", "𝕏", [], {},
    [[]], [None], {"": None}, {"role": "user"}, [TEXT], {"type": "image_url"}, "gpt-4o", TASK,
    "auto", "../../etc/passwd", "http://169.254.169.254/", "big/\r\nx-evil: 1",
]  # fmt: skip
RAW = [
    b"", b"null", b"NaN", b"[]", b"{", b'{"model":' + b"[" * 50_000, b"\xff\xfe{}", b"\x00" * 100,
    b'{"model":"gpt-4o","model":7,"messages":[]}', b'{"a":' * 2000 + b"1" + b"}" * 2000,
]  # fmt: skip


def changed(plain: Any, rng: random.Random) -> Any:
    """The same with one place inside it changed."""
    if not isinstance(plain, (dict, list)) or not plain or rng.random() < 0.2:
        return rng.choice(ODD)
    copy = plain.copy()
    at = rng.choice(list(copy)) if isinstance(copy, dict) else rng.randrange(len(copy))
    act = rng.random()
    if act < 0.15:
        del copy[at]
    elif act < 0.25 and isinstance(copy, dict):
        copy[rng.choice(("model", "stream", "input", "tools", "n", "user", "x" * 300))] = (
            rng.choice(ODD)
        )
    elif act < 0.3:
        copy[at] = [copy[at]] * rng.choice((0, 2, 50))
    else:
        copy[at] = changed(copy[at], rng)
    return copy


def broken(body: bytes, rng: random.Random) -> bytes:
    """The same with bytes changed."""
    data = bytearray(body)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1)
        act = rng.randrange(4)
        if act == 0:
            data[at:at] = rng.randbytes(rng.randint(1, 8))
        elif act == 1:
            del data[at : at + rng.randint(1, 20)]
        elif act == 2:
            data[at : at + 1] = bytes([rng.randrange(256)])
        else:
            data[at:at] = data[at : at + 30]
    return bytes(data)


def body_of(rng: random.Random) -> tuple[str, bytes]:
    path, plain = rng.choice(VALID)
    if rng.random() < 0.02:
        return path, rng.choice(RAW)
    made: Any = plain
    for _ in range(rng.randint(0, 3)):
        made = changed(made, rng)
    body = json.dumps(made).encode()
    return path, broken(body, rng) if rng.random() < 0.4 else body


class Seen:
    """What came back."""

    def __init__(self, secret: str) -> None:
        self.secret = secret.encode()
        self.statuses: Counter[int] = Counter()
        self.failed: list[tuple[int, str, bytes, bytes]] = []
        self.leaks = 0

    def take(self, status: int, path: str, body: bytes, reply: bytes) -> None:
        self.statuses[status] += 1
        if status >= 500:
            self.failed.append((status, path, body[:300], reply[:300]))
        self.leaks += self.secret in reply or b"Traceback" in reply


async def bodies(server: Server, count: int, rng: random.Random, seen: Seen) -> None:
    pool = Pool(Address(f"http://127.0.0.1:{server.port}"), connect_s=10.0, read_s=60.0)
    headers = [
        (b"authorization", b"Bearer " + (server.key or "").encode()),
        (b"content-type", b"application/json"),
    ]
    left = count

    async def one() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            path, body = body_of(rng)
            answer = await pool.ask("POST", path, headers, body)
            seen.take(answer.status, path, body, await answer.read())

    await asyncio.gather(*(one() for _ in range(16)))
    pool.close()


async def heads(server: Server, count: int, rng: random.Random, seen: Seen) -> None:
    """Whole requests with bytes changed; a connection that ends without an answer is fine."""

    async def one() -> None:
        path, plain = rng.choice(VALID)
        body = json.dumps(plain).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {server.key}\r\n"
            f"connection: close\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        sent = broken(head.encode(), rng) + body
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        try:
            writer.write(sent)
            writer.write_eof()
            reply = await asyncio.wait_for(reader.read(), 30)
            if reply.startswith(b"HTTP/1.1 "):
                seen.take(int(reply[9:12]), path, sent, reply)
        except OSError:
            pass  # it hung up
        finally:
            writer.close()

    for _ in range(0, count, 16):
        await asyncio.gather(*(one() for _ in range(16)))


def held(server: Server) -> tuple[float, int]:
    """Memory in MB and open files."""
    return server.memory_mb(), psutil.Process(server.process.pid).num_fds()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("decision", type=Path)
    parser.add_argument("--bodies", type=int, default=100_000)
    parser.add_argument("--heads", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.postgres = None
    rng = random.Random(options.seed)  # noqa: S311 (no secrets)
    with tempfile.TemporaryDirectory() as folder:
        stand = Stand(Path(folder), options)
        upstream = stand.mock()
        try:
            with running(stand.gateway(), "/ready") as server:
                seen = Seen(server.key or "")
                asyncio.run(bodies(server, options.bodies // 10, rng, seen))
                early, files = held(server)
                asyncio.run(bodies(server, options.bodies - options.bodies // 10, rng, seen))
                asyncio.run(heads(server, options.heads, rng, seen))
                late, more = held(server)
                alive = server.process.poll() is None
            log = (stand.folder / "gateway.log").read_text()
        finally:
            upstream.terminate()
            upstream.wait()
    grown = (late / early - 1) * 100
    for failed in seen.failed[:10]:
        print(*failed, file=sys.stderr)
    wrong = "Traceback" in log or (server.key or "?") in log
    for line in (
        Line(f"{options.bodies:,} bodies, {options.heads:,} heads: 5xx", "0",
             f"{len(seen.failed)} of {dict(sorted(seen.statuses.items()))}", not seen.failed),
        Line("answers with the key or a traceback", "0", f"{seen.leaks}", not seen.leaks),
        Line("log with the key or a traceback", "none", "some" if wrong else "none", not wrong),
        Line("memory after a tenth, and after all", "within 5%",
             f"{early:.0f} to {late:.0f} MB, {grown:+.1f}%", abs(grown) <= 5),
        Line("open files", "no more", f"{files} to {more}", more <= files + 2),
        Line("still running", "yes", "yes" if alive else "no", alive),
    ):  # fmt: skip
        print(line)


if __name__ == "__main__":
    main()
