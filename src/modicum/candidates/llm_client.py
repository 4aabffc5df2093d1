"""One OpenAI-compatible endpoint over HTTP: pooled, bounded in time and size, patient.

The key is read from the environment when a request is sent, goes to the endpoint's own host only,
and is struck out of everything that is raised.
"""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.exceptions import HTTPError, InvalidHeader
from urllib3.util.retry import Retry

from modicum.candidates.llm_failures import (
    CONNECT_S,
    Blame,
    Passing,
    RequestError,
    late,
    parse_object,
    refusal,
    transport_failure,
)
from modicum.candidates.llm_processes import on_this_machine

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

MAX_BODY = 8 * 1024 * 1024  # bytes; a class never needs more, and an endless body must end
MAX_WAIT_S = 30.0  # the longest Retry-After that is obeyed; beyond it waiting is the user's choice


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the parsed body, the seconds in ms it took, and the server's own name."""

    payload: dict[str, Any]
    latency_ms: float
    server: str = ""


class Endpoint:
    """Where chat completions are asked for; safe to use from many threads."""

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        api_key_env: str | None = None,
        timeout_s: float = 60.0,
        retries: int = 2,
        connections: int = 4,
    ) -> None:
        self.base_url, self.timeout_s, self.retries = base_url, timeout_s, retries
        self.api_key_env, self._api_key = api_key_env, api_key
        self.stop = threading.Event()
        self._pool = open_pool(base_url, connections)

    @property
    def host(self) -> str:
        """Host and port, for messages."""
        return urlsplit(self.base_url).netloc

    def close(self) -> None:
        """Stop waiting requests and close the connections; may be called twice."""
        self.stop.set()
        self._pool.clear()

    def chat(self, body: dict[str, Any]) -> Reply:
        """Ask once, and again where the refusal may pass; raises RequestError."""
        for attempt in range(self.retries + 1):
            if self.stop.is_set():
                break
            try:
                return self._ask(body)
            except Passing as failure:
                if attempt == self.retries:
                    raise failure.error from None
                if self.stop.wait(self._delay(attempt, failure.retry_after)):
                    break
        raise RequestError("the run was stopped before this input was asked", Blame.STOPPED)

    def _delay(self, attempt: int, retry_after: str | None) -> float:
        if retry_after:
            try:
                return min(max(Retry().parse_retry_after(retry_after), 0.0), MAX_WAIT_S)
            except (InvalidHeader, OverflowError):
                pass  # an unreadable wish is no wish
        return float(min(0.5 * 2**attempt, MAX_WAIT_S))

    def _ask(self, body: dict[str, Any]) -> Reply:
        key = self.key()
        started = time.monotonic()
        try:
            response = self._pool.request(
                "POST",
                f"{self.base_url}/chat/completions",
                body=json.dumps(body).encode(),
                headers={"Content-Type": "application/json", **_bearer(key)},
                timeout=urllib3.Timeout(
                    connect=min(CONNECT_S, self.timeout_s), read=self.timeout_s
                ),
                redirect=False,
                preload_content=False,
                retries=False,
            )
            try:
                data = self._read(response, started + self.timeout_s)
            except BaseException:
                response.close()
                raise
            response.release_conn()
        except HTTPError as error:
            raise transport_failure(error, self.host, self.timeout_s) from None
        latency_ms = (time.monotonic() - started) * 1e3
        if response.status != 200:
            raise refusal(response, data, host=self.host, key=key)
        return Reply(
            parse_object(data, self.host), latency_ms, str(response.headers.get("Server", ""))
        )

    def key(self) -> str | None:
        """The key to send, or None; raises RequestError when its variable is empty or odd."""
        if self.api_key_env is None:
            return self._api_key
        key = os.environ.get(self.api_key_env, "").strip()
        if not key:
            raise RequestError(
                f"the environment variable {self.api_key_env} is empty:"
                f" set it to the key for {self.host}",
                Blame.FOR_GOOD,
            )
        if not key.isascii() or not key.isprintable() or " " in key:
            raise RequestError(
                f"the environment variable {self.api_key_env} holds characters that no key has:"
                " copy the key again",
                Blame.FOR_GOOD,
            )
        return key

    def _read(self, response: BaseHTTPResponse, deadline: float) -> bytes:
        chunks: list[bytes] = []
        size = 0
        while chunk := response.read1(65536):
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_BODY:
                raise RequestError(
                    f"{self.host} sent more than {MAX_BODY >> 20} MiB for one answer",
                    Blame.ENDPOINT,
                )
            if time.monotonic() > deadline:
                raise late(self.host, self.timeout_s)
        return b"".join(chunks)


def open_pool(base_url: str, connections: int) -> urllib3.PoolManager:
    """Connections to an address, through the proxy that the environment names for it if any.

    A server on this machine is never asked through a proxy.
    """
    parts = urlsplit(base_url)
    proxy = getproxies().get(parts.scheme)
    if not proxy or on_this_machine(base_url) or proxy_bypass(parts.hostname or ""):
        return urllib3.PoolManager(maxsize=connections, block=False, retries=False)
    auth = urllib3.util.parse_url(proxy).auth
    headers = urllib3.make_headers(proxy_basic_auth=auth) if auth else None
    return urllib3.ProxyManager(
        proxy, proxy_headers=headers, maxsize=connections, block=False, retries=False
    )


def _bearer(key: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}
