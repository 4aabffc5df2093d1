"""A language model of one rule, behind a real socket."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests without their folder

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
def model(
    listening: Callable[[ThreadingHTTPServer], ThreadingHTTPServer],
) -> Callable[[Answer], ThreadingHTTPServer]:
    """Starts a model that answers by a rule and counts how often it was asked."""

    def start(rule: Answer) -> ThreadingHTTPServer:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
        server.rule, server.asked = rule, 0  # type: ignore[attr-defined]
        return listening(server)

    return start
