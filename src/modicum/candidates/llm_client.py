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
from enum import Enum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.exceptions import (
    HTTPError,
    InvalidHeader,
    NameResolutionError,
    NewConnectionError,
    SSLError,
    TimeoutError,
)
from urllib3.util.retry import Retry

from modicum.candidates.llm_processes import on_this_machine
from modicum.errors import CandidateError

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

MAX_BODY = 8 * 1024 * 1024  # bytes; a class never needs more, and an endless body must end
CONNECT_S = 5.0
MAX_WAIT_S = 30.0  # the longest Retry-After that is obeyed; beyond it waiting is the user's choice
PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})


class Blame(Enum):
    """Whose fault a failed request is, which decides what becomes of the others."""

    ENDPOINT = "endpoint"  # down, slow or broken: the others may fail as well
    KEY = "key"  # refused for good: the others will fail as well
    REQUEST = "request"  # this request only
    STOPPED = "stopped"  # the user stopped the run


class RequestError(CandidateError):
    """One request that brought no answer."""

    def __init__(self, message: str, blame: Blame, status: int | None = None) -> None:
        super().__init__(message)
        self.blame, self.status = blame, status


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
        self._backoff = Retry(total=None, backoff_factor=0.5, backoff_max=MAX_WAIT_S)

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
            except _Passing as failure:
                if attempt == self.retries:
                    raise failure.error from None
                if self.stop.wait(self._delay(attempt, failure.retry_after)):
                    break
        raise RequestError("the run was stopped before this input was asked", Blame.STOPPED)

    def _delay(self, attempt: int, retry_after: str | None) -> float:
        if retry_after:
            try:
                return min(max(self._backoff.parse_retry_after(retry_after), 0.0), MAX_WAIT_S)
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
            raise self._transport(error) from None
        latency_ms = (time.monotonic() - started) * 1e3
        if response.status != 200:
            raise self._refusal(response, data, key)
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
                Blame.KEY,
            )
        if not key.isascii() or not key.isprintable() or " " in key:
            raise RequestError(
                f"the environment variable {self.api_key_env} holds characters that no key has:"
                " copy the key again",
                Blame.KEY,
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
                raise self._late()
        return b"".join(chunks)

    def _late(self) -> RequestError:
        return RequestError(
            f"{self.host} gave no answer in {self.timeout_s:g} s: raise timeout_s, or ask less at"
            " once with concurrency",
            Blame.ENDPOINT,
        )

    def _transport(self, error: HTTPError) -> Exception:
        """What to raise for a connection that failed."""
        if isinstance(error, NameResolutionError):
            return RequestError(
                f"no address is known for {self.host}: check base_url", Blame.ENDPOINT
            )
        if isinstance(error, SSLError):
            return RequestError(
                f"{self.host} has no certificate that is trusted here: check base_url",
                Blame.ENDPOINT,
            )
        if isinstance(error, NewConnectionError):
            return _Passing(
                RequestError(
                    f"nothing answers at {self.host}: start the server or correct base_url",
                    Blame.ENDPOINT,
                )
            )
        if isinstance(error, TimeoutError):
            return self._late()
        return _Passing(
            RequestError(
                f"the connection to {self.host} broke before the end of the answer", Blame.ENDPOINT
            )
        )

    def _refusal(self, response: BaseHTTPResponse, data: bytes, key: str | None) -> Exception:
        """What to raise for a status other than 200."""
        status = response.status
        if 300 <= status < 400:
            target = urlsplit(str(response.headers.get("Location", ""))).netloc or "elsewhere"
            return RequestError(
                f"{self.host} redirects to {target}, which is not followed:"
                " give the final address as base_url",
                Blame.KEY,
                status,
            )
        says = error_text(data, key)
        message = f"{self.host} answered {status}" + (f": {says}" if says else "")
        if status in (401, 403):
            wanted = self.api_key_env or "the variable named by api_key_env"
            return RequestError(f"{message}; check the key in {wanted}", Blame.KEY, status)
        if status in PASSING:
            return _Passing(
                RequestError(message, Blame.ENDPOINT, status), response.headers.get("Retry-After")
            )
        blame = Blame.REQUEST if status in (400, 413, 422) else Blame.ENDPOINT
        return RequestError(message, blame, status)


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


class _Passing(Exception):  # noqa: N818 - never leaves this file
    """A failure that may be gone at the next attempt."""

    def __init__(self, error: RequestError, retry_after: str | None = None) -> None:
        super().__init__(str(error))
        self.error, self.retry_after = error, retry_after


def _bearer(key: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


def parse_object(data: bytes, host: str) -> dict[str, Any]:
    """A JSON object, or RequestError; safe on any bytes.

    >>> parse_object(b'{"a": 1}', "here")
    {'a': 1}
    """
    try:
        payload = json.loads(data)
    except (ValueError, RecursionError):
        payload = None
    if not isinstance(payload, dict):
        raise RequestError(
            f"{host} answered with something other than a JSON object:"
            " check that base_url is an OpenAI-compatible endpoint",
            Blame.ENDPOINT,
        )
    return payload


def error_text(data: bytes, key: str | None = None) -> str:
    """What a refusing server says, without the key, on one line of at most 200 characters.

    >>> error_text(b'{"error": {"message": "no such model"}}')
    'no such model'
    """
    try:
        found = json.loads(data)["error"]
        text = found["message"] if isinstance(found, dict) else found
    except (ValueError, RecursionError, KeyError, TypeError):
        text = "" if data.lstrip()[:1] == b"<" else data[:400].decode(errors="replace")
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return (line.replace(key, "***") if key else line)[:200]
