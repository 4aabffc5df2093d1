"""Running the gateway: one worker in this process, or several that share a socket."""

from __future__ import annotations

import gc
import logging
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from modicum.errors import MissingExtraError, ServeError
from modicum.serve.origins import LOOPBACK
from modicum.serve.places import SHARED_METRICS
from modicum.serve.settings import Settings
from modicum.serve.workers import SOCKET

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway

SWITCH_S = 0.0005
"""How long another thread may keep the interpreter while a request waits; Python's own is 5 ms."""


def check_exposure(settings: Settings) -> None:
    """Raise ServeError where anybody on the network could use the gateway without a key."""
    server = settings.server
    if not server.auth and server.host not in LOOPBACK:
        raise ServeError(
            f"without keys the gateway listens on loopback only, not on {server.host}: make a key "
            "with `modicum keys create NAME`, or leave --host out"
        )


def bind(settings: Settings) -> socket.socket:
    """The listening socket; raises ServeError where the address cannot be had."""
    server = settings.server
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((server.host, server.port))
    except OSError as error:
        listening.close()
        raise ServeError(
            f"{server.host}:{server.port} cannot be listened on ({error.strerror}): choose "
            "another --port"
        ) from None
    listening.set_inheritable(True)
    listening.listen(2048)
    return listening


def serve_one(gateway: Gateway, listening: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM; SIGHUP loads every decision anew."""
    try:
        import uvicorn
    except ModuleNotFoundError:
        raise MissingExtraError("gateways", "serve") from None
    from modicum.serve.admin import reload_on_hangup
    from modicum.serve.app import create_app
    from modicum.serve.bounds import Bounds
    from modicum.serve.protocol import serving

    sys.setswitchinterval(SWITCH_S)
    _calm_collector()
    gateway.background.append(reload_on_hangup)
    server = gateway.settings.server
    app = create_app(gateway)
    bounds = Bounds(
        int(server.max_header_kb * 1024),
        int(server.max_body_mb * (1 << 20)),
        server.header_timeout_s,
        server.body_timeout_s,
    )
    config = uvicorn.Config(
        app,
        http=serving(bounds, app.answer),
        ws="none",
        loop="uvloop" if _has_uvloop() else "asyncio",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        backlog=2048,
        timeout_graceful_shutdown=int(server.stop_s),
    )
    uvicorn.Server(config).run(sockets=[listening])


def _calm_collector() -> None:
    """What is loaded stays: the collector need not walk it again and again.

    A request leaves no cycle behind, so that it may come by rarely.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _has_uvloop() -> bool:
    from importlib.util import find_spec

    return find_spec("uvloop") is not None


def inherited_socket() -> socket.socket | None:
    """The socket that a parent passed on, or None."""
    given = os.environ.get(SOCKET)
    return socket.socket(fileno=int(given)) if given else None


def quiet_logs() -> None:
    """uvicorn's own words go to our log at warning; its request lines never appear."""
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").disabled = True


def metrics_folder(state: Path) -> None:
    """Make the folder that the workers share their numbers in, and tell them by the environment."""
    folder = state / "metrics"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink(missing_ok=True)
    os.environ[SHARED_METRICS] = str(folder)
