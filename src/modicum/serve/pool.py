"""The connections to one address of an upstream: the freshest idle one is used again."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

from modicum.errors import ServeError
from modicum.serve.answer import Answer
from modicum.serve.ticker import Ticker
from modicum.serve.wire import Wire

IDLE_S = 4.0
"""How long an idle connection is used again: less than the 5 s after which common servers close
theirs, because a POST that meets a closing connection cannot be told from one that was lost."""


class Address:
    """Where an upstream is.

    >>> at = Address("https://api.example.com:8443/v1/")
    >>> at.host, at.port, at.path, at.header
    ('api.example.com', 8443, '/v1', b'api.example.com:8443')
    """

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            self.host, port = (parts.hostname or "").encode("idna").decode(), parts.port
            self.path = quote(parts.path.rstrip("/"), safe="/%:@!$&'()*+,;=~")
        except ValueError:
            parts, self.host, port = urlsplit(""), "", None
        if parts.scheme not in ("http", "https") or not self.host:
            shown = repr(url) if "@" not in url else "with a user or password in it"
            raise ServeError(f"upstream address {shown}: give http://HOST/v1 or https://HOST/v1")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ServeError(
                f"upstream address at {self.host} holds a user, a password or a query: give the "
                "key as api_key_env or api_key_file"
            )
        self.secure = parts.scheme == "https"
        self.port = port or (443 if self.secure else 80)
        name = f"[{self.host}]" if ":" in self.host else self.host
        self.header = (f"{name}:{port}" if port else name).encode()


class Pool:
    """Asks one address.  `connect_s`, `read_s`: seconds a connection, or anything, may take.

    At most `most` connections are open; a request beyond them waits its turn, `connect_s` at most.
    """

    def __init__(
        self, address: Address, *, connect_s: float, read_s: float, most: int = 1000
    ) -> None:
        self.address, self.connect_s, self.read_s, self.most = address, connect_s, read_s, most
        self.ticker = Ticker()
        self.wires: set[Wire] = set()
        self._idle: list[Wire] = []
        self._opening = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ssl = ssl.create_default_context() if address.secure else None
        self._heads: dict[tuple[str, str], bytes] = {}

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that it lives on: the one of the first request."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop

    async def ask(
        self,
        method: str,
        path: str,
        headers: Iterable[tuple[bytes, bytes]],
        body: bytes = b"",
    ) -> Answer:
        """Send one request; returns once its answer's head is there.

        Raises:
            OSError: the upstream cannot be reached, or broke off (ConnectionError).
            TimeoutError: it took too long.
        """
        head = self._heads.get((method, path))
        if head is None:
            head = self._heads[method, path] = self._head(method, path)
        lines = b"".join([b"%b: %b\r\n" % header for header in headers])
        request = b"%b%bcontent-length: %d\r\n\r\n%b" % (head, lines, len(body), body)
        wire = self._free() or await self._open()
        return await wire.ask(request)

    def _head(self, method: str, path: str) -> bytes:
        at = self.address
        return f"{method} {at.path}{path} HTTP/1.1\r\nhost: ".encode() + at.header + b"\r\n"

    def _free(self) -> Wire | None:
        oldest = self.loop.time() - IDLE_S
        while self._idle:
            wire = self._idle.pop()
            if wire.usable and wire.idle_since >= oldest:
                return wire
            wire.abort()
        return None

    async def _open(self) -> Wire:
        """Another connection, or one that becomes free; within `connect_s`."""
        async with asyncio.timeout(self.connect_s):
            while len(self.wires) + self._opening >= self.most:
                turn = self.loop.create_future()
                self._queue.append(turn)
                try:
                    await turn
                except asyncio.CancelledError:
                    if turn.done() and not turn.cancelled():
                        self._next()  # it was its turn just now: the next one's then
                    raise
                wire = self._free()
                if wire is not None:
                    return wire
            self._opening += 1
            try:
                at = self.address
                _, wire = await self.loop.create_connection(
                    lambda: Wire(self), at.host, at.port, ssl=self._ssl
                )
            except BaseException:
                self._next()
                raise
            finally:
                self._opening -= 1
            self.wires.add(wire)
            return wire

    def free(self, wire: Wire) -> None:
        """Take back a connection whose answer is whole."""
        wire.idle_since = self.loop.time()
        wire.due = wire.idle_since + IDLE_S
        self._idle.append(wire)
        self._next()

    def lost(self, wire: Wire) -> None:
        """A connection is gone."""
        self.wires.discard(wire)
        self.ticker.forget(wire)
        if wire in self._idle:
            self._idle.remove(wire)
        self._next()

    def _next(self) -> None:
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def close(self) -> None:
        """End every connection."""
        for wire in list(self.wires):
            wire.abort()
