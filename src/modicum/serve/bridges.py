"""Upstreams of kind "litellm": a bridge is started for each, and the settings point to it."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
from collections.abc import Mapping, MutableMapping
from importlib.util import find_spec
from typing import Any

from modicum.errors import MissingExtraError
from modicum.serve.settings import Settings, UpstreamSettings
from modicum.serve.upstream import Upstream

STARTED = "MODICUM_BRIDGES"
"""Environment variable by which a parent tells its workers where the bridges are."""
_NOWHERE = "http://127.0.0.1:1/v1"
_TOKEN = "MODICUM_BRIDGE_TOKEN"  # noqa: S105 (the name of a variable)


class Bridges:
    """The bridges' processes; they end with this one, whatever becomes of it."""

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []

    def open(self, settings: Settings, environment: MutableMapping[str, str]) -> Settings:
        """Settings whose upstreams of this kind are bridges, started where a parent has not.

        The variables that workers need are put into `environment`.

        Raises:
            ServeError: LiteLLM is not installed, or a key cannot be read.
        """
        wanted = {n: u for n, u in settings.upstreams.items() if u.kind == "litellm"}
        if not wanted:
            return settings
        check(settings)
        if STARTED not in environment:
            environment[_TOKEN] = secrets.token_urlsafe(32)
            urls = {n: self._start(n, u, environment) for n, u in wanted.items()}
            environment[STARTED] = json.dumps(urls)
        token = {"api_key_env": _TOKEN, "api_key_file": None}
        return _pointed(settings, json.loads(environment[STARTED]), token)

    def _start(self, name: str, upstream: UpstreamSettings, environment: Mapping[str, str]) -> str:
        listening = socket.create_server(("127.0.0.1", 0))
        child = {**environment, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        key = Upstream(name, _as_openai(upstream, _NOWHERE), environment).key
        if key is not None:
            child["MODICUM_BRIDGE_KEY"] = key
        if upstream.base_url:
            child["MODICUM_BRIDGE_BASE"] = upstream.base_urls[0]
        with listening:
            handle = listening.fileno()
            command = [sys.executable, "-m", "modicum.serve.litellm_bridge", str(handle)]
            self._processes.append(
                subprocess.Popen(  # noqa: S603 (our own module)
                    command, env=child, stdin=subprocess.PIPE, pass_fds=[handle]
                )
            )
            return f"http://127.0.0.1:{listening.getsockname()[1]}/v1"

    def close(self) -> None:
        """End them."""
        for process in self._processes:
            process.terminate()
            process.wait(10)
            if process.stdin is not None:
                process.stdin.close()
        self._processes.clear()


def check(settings: Settings) -> Settings:
    """Settings that can be looked at as if the bridges were there.

    Raises:
        MissingExtraError: an upstream needs LiteLLM, and it is not installed.
    """
    wanted = {n for n, u in settings.upstreams.items() if u.kind == "litellm"}
    if wanted and find_spec("litellm") is None:
        raise MissingExtraError("upstreams of kind litellm", "litellm")
    return _pointed(settings, dict.fromkeys(wanted, _NOWHERE), {})


def _pointed(settings: Settings, urls: Mapping[str, str], more: dict[str, Any]) -> Settings:
    """The settings with those upstreams at these addresses."""
    upstreams = {
        name: _as_openai(each, urls[name]).model_copy(update=more) if name in urls else each
        for name, each in settings.upstreams.items()
    }
    return settings.model_copy(update={"upstreams": upstreams})


def _as_openai(upstream: UpstreamSettings, url: str) -> UpstreamSettings:
    return upstream.model_copy(update={"kind": "openai", "base_url": url})
