"""A language model of one rule, behind a real socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Answer = Callable[[str], str]


class Model(BaseHTTPRequestHandler):
    """A language model of one rule, behind a real socket."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked += 1  # type: ignore[attr-defined]
        said = self.server.rule(body["messages"][-1]["content"])  # type: ignore[attr-defined]
        data = json.dumps(
            {
                "choices": [{"message": {"content": said}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 100, "completion_tokens": 10},
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def model() -> Iterator[Callable[[Answer], ThreadingHTTPServer]]:
    started = []

    def start(rule: Answer) -> ThreadingHTTPServer:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
        server.rule, server.asked = rule, 0  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.shutdown()
        server.server_close()
