"""LiteLLM's providers behind one loopback port: the child process of an upstream of that kind.

    python -m modicum.serve.litellm_bridge FD

It answers OpenAI's API on the listening socket FD with whatever provider the model's name begins
with, to whoever shows the token that its parent put into the environment, and ends when its parent
does (its standard input closes).  The gateway speaks to it as to any other upstream, so LiteLLM
costs nothing where it is not asked.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

from modicum.serve.litellm_library import library

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

TOKEN, KEY, BASE = "MODICUM_BRIDGE_TOKEN", "MODICUM_BRIDGE_KEY", "MODICUM_BRIDGE_BASE"
Call = Callable[..., Awaitable[Any]]


def create_app(
    litellm: Any, token: str, *, api_key: str | None = None, api_base: str | None = None
) -> Starlette:
    """The application; key and base go to every provider, where they are given."""
    from starlette.applications import Starlette
    from starlette.routing import Route

    more = {"api_key": api_key, "api_base": api_base}
    given = {name: value for name, value in more.items() if value}

    def answering(call: Call) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            if not _admitted(request, token):
                return _error(401, "no token of this bridge")
            return await _answer(call, request, given)

        return answer

    return Starlette(
        routes=[
            Route("/v1/chat/completions", answering(litellm.acompletion), methods=["POST"]),
            Route("/v1/embeddings", answering(litellm.aembedding), methods=["POST"]),
        ]
    )


def _admitted(request: Request, token: str) -> bool:
    shown = request.headers.get("authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(shown.encode(), token.encode())


async def _answer(call: Call, request: Request, given: dict[str, Any]) -> Response:
    from starlette.responses import Response, StreamingResponse

    body = await request.json()
    asking = asyncio.ensure_future(call(**(body | given)))
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({asking, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            return Response(status_code=499)
        found = asking.result()
    except Exception as error:  # noqa: BLE001 (providers' faults share no class; each is an answer)
        # Only its class is told: a provider's message may quote a key.
        return _error(int(getattr(error, "status_code", 502) or 502), type(error).__name__)
    finally:
        leaving.cancel()
        asking.cancel()
    if body.get("stream"):
        return StreamingResponse(_events(found), media_type="text/event-stream")
    return Response(found.model_dump_json(exclude_none=True), media_type="application/json")


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _events(chunks: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        yield b"data: " + chunk.model_dump_json(exclude_none=True).encode() + b"\n\n"
    yield b"data: [DONE]\n\n"


def _error(status: int, message: str) -> Response:
    from starlette.responses import Response

    told = {"error": {"message": f"LiteLLM: {message}", "type": "api_error", "code": None}}
    return Response(json.dumps(told), status_code=status, media_type="application/json")


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    """Serve until the parent is gone."""
    import uvicorn

    listening = socket.socket(fileno=int(sys.argv[1]))
    token = os.environ.pop(TOKEN)
    key, base = os.environ.pop(KEY, None), os.environ.pop(BASE, None)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    app = create_app(library(), token, api_key=key, api_base=base)
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run([listening])


if __name__ == "__main__":
    main()
