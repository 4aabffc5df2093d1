"""A direct exchange as ASGI sees one, for the paths that others plug in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from modicum.serve.exchange import Gone, Headers, Message, Scope

if TYPE_CHECKING:
    from modicum.serve.direct import DirectExchange


class Adapter:
    """Speaks ASGI 3 for one exchange."""

    def __init__(self, exchange: DirectExchange) -> None:
        self.exchange = exchange
        self._given = False
        self._head: tuple[int, Headers] | None = None

    def scope(self) -> Scope:
        """What is asked."""
        exchange = self.exchange
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.0" if exchange.old else "1.1",
            "method": exchange.method,
            "scheme": "http",
            "path": exchange.path,
            "raw_path": exchange.path.encode(),
            "query_string": exchange.query,
            "root_path": "",
            "headers": exchange.raw,
            "client": None,
            "server": None,
        }

    async def receive(self) -> Message:
        """The body as it comes, then the caller's leaving."""
        exchange = self.exchange
        if not self._given:
            try:
                await exchange.more()
            except Gone:
                return {"type": "http.disconnect"}
            self._given = exchange.whole
            return {"type": "http.request", "body": exchange.take(), "more_body": not self._given}
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        exchange.listen(lambda: None if gone.done() else gone.set_result(None))
        await gone
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """The answer: in one piece where its body comes in one."""
        exchange = self.exchange
        if message["type"] == "http.response.start":
            self._head = message["status"], list(message.get("headers", ()))
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        if self._head is not None:
            (status, headers), self._head = self._head, None
            if not more:
                headers = [pair for pair in headers if pair[0].lower() != b"content-length"]
                await exchange.reply(status, headers, body)
                return
            await exchange.begin(status, headers)
        await exchange.part(body, more=more)
