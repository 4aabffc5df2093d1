"""A real HTTP server that speaks the providers' APIs, with a fault on demand."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

WORDS = ("Hel", "lo")


class FakeProvider:
    """Answers "Hello"; `fault` names what goes wrong, `seen` holds what came."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.fault = ""
        self.says = "Hello"
        self.cancelled = 0
        self.answered = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application(client_max_size=1 << 27)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_post("/v1/messages", self._messages)
        app.router.add_post("/v1/embeddings", self._embeddings)
        app.router.add_post("/v1/responses", self._responses)
        app.router.add_get("/v1/models", self._models)
        runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        self._loop.run_until_complete(site.start())
        assert site._server is not None
        self.port = site._server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _take(self, request: web.Request) -> dict[str, Any]:
        body: dict[str, Any] = await request.json()
        self.seen.append(body)
        self.headers.append(dict(request.headers))
        if self.fault == "slow":
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        if self.fault == "reset" and request.transport is not None:
            request.transport.abort()
        if self.fault.isdigit():
            raise _Failing(int(self.fault))
        return body

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await self._take(request)
        self.answered += 1
        usage = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
        head = {"id": "x", "created": 1, "model": body["model"]}
        if not body.get("stream"):
            message: dict[str, Any] = {"role": "assistant", "content": self._says(body)}
            if body.get("tools"):
                call = {
                    "name": body["tools"][0]["function"]["name"],
                    "arguments": '{"city":"Oslo"}',
                }
                message = {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [{"id": "call_1", "type": "function", "function": call}],
                }
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            return web.json_response(
                head | {"object": "chat.completion", "choices": [choice], "usage": usage}
            )
        head["object"] = "chat.completion.chunk"
        chunks = [
            head | {"choices": [_delta({"role": "assistant", "content": w})]}
            for w in (self.says[:3], self.says[3:])
        ]
        chunks.append(head | {"choices": [_delta({}, "stop")]})
        if (body.get("stream_options") or {}).get("include_usage"):
            chunks.append(head | {"choices": [], "usage": usage})
        return await self._events(request, [(None, c) for c in chunks], b"data: [DONE]\n\n")

    def _says(self, body: dict[str, Any]) -> str:
        if body.get("response_format"):
            return json.dumps({"city": "Oslo"})
        return self.says

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        body = await self._take(request)
        usage = {"input_tokens": 7, "output_tokens": 2}
        head: dict[str, Any] = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 7, "output_tokens": 0},
        }
        if body.get("tools") and not body.get("stream"):
            name = body["tools"][0]["name"]
            use = {"type": "tool_use", "id": "tool_1", "name": name, "input": {"city": "Oslo"}}
            return web.json_response(
                head | {"content": [use], "stop_reason": "tool_use", "usage": usage}
            )
        if not body.get("stream"):
            text = [{"type": "text", "text": self.says}]
            return web.json_response(
                head | {"content": text, "stop_reason": "end_turn", "usage": usage}
            )
        events: list[dict[str, Any]] = [
            {"type": "message_start", "message": head | {"content": []}},
            {
                "type": "content_block_start",
                "index": 0,
                "content_block": {"type": "text", "text": ""},
            },
            *(
                {
                    "type": "content_block_delta",
                    "index": 0,
                    "delta": {"type": "text_delta", "text": word},
                }
                for word in WORDS
            ),
            {"type": "content_block_stop", "index": 0},
            {
                "type": "message_delta",
                "delta": {"stop_reason": "end_turn", "stop_sequence": None},
                "usage": {"output_tokens": 2},
            },
            {"type": "message_stop"},
        ]
        return await self._events(request, [(e["type"], e) for e in events], b"")

    async def _responses(self, request: web.Request) -> web.StreamResponse:
        body = await self._take(request)
        return web.json_response({"id": "r", "object": "response", "model": body["model"]})

    async def _embeddings(self, request: web.Request) -> web.StreamResponse:
        body = await self._take(request)
        data = [{"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}]
        usage = {"prompt_tokens": 3, "total_tokens": 3}
        return web.json_response(
            {"object": "list", "data": data, "model": body["model"], "usage": usage}
        )

    async def _models(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"object": "list", "data": [{"id": "big", "object": "model"}]})

    async def _events(
        self, request: web.Request, events: list[tuple[str | None, dict[str, Any]]], end: bytes
    ) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await reply.prepare(request)
        for number, (name, event) in enumerate(events):
            lines = (f"event: {name}\n" if name else "") + f"data: {json.dumps(event)}\n\n"
            await reply.write(lines.encode())
            if number == 1 and self.fault == "cut" and request.transport is not None:
                request.transport.abort()
                return reply
            if number == 1 and self.fault == "garbage":
                await reply.write(b"data: {not json \xff\n\n: comment\n\ndata: \n\n")
            if number == 1 and self.fault == "stall":
                try:
                    await asyncio.sleep(30)
                except asyncio.CancelledError:
                    self.cancelled += 1
                    raise
        await reply.write(end)
        return reply


def _delta(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": reason}


class _Failing(web.HTTPException):
    def __init__(self, status: int) -> None:
        self.status_code = status
        headers = {"retry-after": "30"} if status == 429 else None
        super().__init__(
            text='{"error":{"message":"no"}}', content_type="application/json", headers=headers
        )


async def collected(stream: AsyncIterator[Any]) -> list[Any]:
    return [event async for event in stream]
