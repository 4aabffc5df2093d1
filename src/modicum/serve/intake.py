"""What a caller sends, parsed by httptools, strictly, into exchanges; heads are bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from httptools import HttpRequestParser

from modicum.serve.bounds import MOST_HEADERS, MOST_WAITING
from modicum.serve.direct import DirectExchange

if TYPE_CHECKING:
    from modicum.serve.protocol import Connection


class Intake:
    """The parser of one connection; a whole head makes an exchange that waits to be answered.

    incoming: the exchange whose body is being read.  in_head: whether a head is, of which
    `head_size` bytes came.  too_large: whether it was refused for its size.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection: Connection | None = connection
        self.parser: HttpRequestParser | None = HttpRequestParser(self)
        self.incoming: DirectExchange | None = None
        self.head_size, self.in_head, self.too_large = 0, True, False
        self._bounds = connection.bounds
        self._headers: list[tuple[bytes, bytes]] = []
        self._target, self._headers_size = b"", 0

    def close(self) -> None:
        """Nothing more is parsed; what held each other lets go."""
        self.connection = self.parser = None

    def feed(self, data: bytes) -> None:
        """Parse; raises HttpParserError, or HttpParserUpgrade where another protocol follows."""
        if self.in_head:
            self.head_size += len(data)
        if self.parser is not None:
            self.parser.feed_data(data)

    # what the parser tells

    def on_message_begin(self) -> None:
        """Another head."""
        self._headers, self._target, self._headers_size = [], b"", 0

    def on_url(self, part: bytes) -> None:
        """The target, perhaps in parts."""
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; refuse what is too much, and what could end a line of ours early."""
        if not self.in_head:
            return  # a trailer
        self._headers_size += len(name) + len(value)
        if self._headers_size > self._bounds.most_head:
            self.too_large = True
            raise ValueError("headers that are too large")
        if len(self._headers) >= MOST_HEADERS or b"\n" in value or b"\r" in value:
            raise ValueError("headers that are not taken")
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """A request may be answered, unless others wait before it."""
        parser, connection = self.parser, self.connection
        assert parser is not None and connection is not None  # noqa: S101, PT018 (it calls)
        if len(connection.waiting) >= MOST_WAITING:
            raise ValueError("too many requests at once")
        old = parser.get_http_version() != "1.1"
        exchange = DirectExchange(
            connection,
            parser.get_method().decode(),
            self._target,
            self._headers,
            keep_alive=not old and parser.should_keep_alive() and not parser.should_upgrade(),
            old=old,
        )
        self.in_head, self.incoming = False, exchange
        connection.waiting.append(exchange)

    def on_body(self, data: bytes) -> None:
        """A part of the body."""
        if self.incoming is not None:
            self.incoming.add(data, self._bounds.most_body)

    def on_message_complete(self) -> None:
        """What comes next is another head."""
        incoming, connection = self.incoming, self.connection
        if incoming is not None:
            incoming.end()
            if incoming.finished and connection is not None:  # it was answered before
                connection.rest()
        self.in_head, self.head_size, self.incoming = True, 0, None
