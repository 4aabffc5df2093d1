"""What can go wrong with a request, who is to blame, and the sentence that says it."""

from __future__ import annotations

import json
from enum import Enum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    SSLError,
    TimeoutError,
)

from modicum.errors import CandidateError

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

CONNECT_S = 5.0
PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})


class Blame(Enum):
    """Whose fault a failed request is, which decides what becomes of the others."""

    ENDPOINT = "endpoint"  # down, slow or broken: the others may fail as well
    FOR_GOOD = "for good"  # a refused key, a redirect: the others will fail as well
    REQUEST = "request"  # this request only
    STOPPED = "stopped"  # the user stopped the run


class RequestError(CandidateError):
    """One request that brought no answer."""

    def __init__(self, message: str, blame: Blame, status: int | None = None) -> None:
        super().__init__(message)
        self.blame, self.status = blame, status


class Passing(Exception):  # noqa: N818 - caught where it is tried again
    """A failure that may be gone at the next attempt."""

    def __init__(self, error: RequestError, retry_after: str | None = None) -> None:
        super().__init__(str(error))
        self.error, self.retry_after = error, retry_after


def late(host: str, timeout_s: float) -> RequestError:
    """An answer that did not come in time."""
    return RequestError(
        f"{host} gave no answer in {timeout_s:g} s: raise timeout_s, or ask less at once with"
        " concurrency",
        Blame.ENDPOINT,
    )


def transport_failure(error: HTTPError, host: str, timeout_s: float) -> Exception:
    """What to raise for a connection that failed."""
    if isinstance(error, NameResolutionError):
        return RequestError(f"no address is known for {host}: check base_url", Blame.ENDPOINT)
    if isinstance(error, SSLError):
        return RequestError(
            f"{host} has no certificate that is trusted here: check base_url",
            Blame.ENDPOINT,
        )
    if isinstance(error, NewConnectionError):
        return Passing(
            RequestError(
                f"nothing answers at {host}: start the server or correct base_url",
                Blame.ENDPOINT,
            )
        )
    if isinstance(error, ConnectTimeoutError):
        return RequestError(
            f"{host} took no connection in {min(CONNECT_S, timeout_s):g} s:"
            " check base_url and the network",
            Blame.ENDPOINT,
        )
    if isinstance(error, TimeoutError):
        return late(host, timeout_s)
    return Passing(
        RequestError(f"the connection to {host} broke before the end of the answer", Blame.ENDPOINT)
    )


def refusal(response: BaseHTTPResponse, data: bytes, *, host: str, key: str | None) -> Exception:
    """What to raise for a status other than 200."""
    status = response.status
    if 300 <= status < 400:
        target = host_of(str(response.headers.get("Location", "")))
        return RequestError(
            f"{host} redirects to {target}, which is not followed:"
            " give the final address as base_url",
            Blame.FOR_GOOD,
            status,
        )
    says = error_text(data, key)
    message = f"{host} answered {status}" + (f": {says}" if says else "")
    if status in (401, 403):
        return RequestError(
            f"{message}; check the key that api_key_env names", Blame.FOR_GOOD, status
        )
    if status in PASSING:
        return Passing(
            RequestError(message, Blame.ENDPOINT, status), response.headers.get("Retry-After")
        )
    blame = Blame.REQUEST if status in (400, 413, 422) else Blame.ENDPOINT
    return RequestError(message, blame, status)


def host_of(url: str) -> str:
    """The host an address names, for messages.

    >>> host_of("https://me:word@other.example:8443/v1"), host_of("http://[")
    ('other.example:8443', 'elsewhere')
    """
    try:
        return urlsplit(url).netloc.rpartition("@")[2] or "elsewhere"
    except ValueError:
        return "elsewhere"


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
        text = "" if data.lstrip()[:1] == b"<" else data.decode(errors="replace")
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return (line.replace(key, "***") if key else line)[:200]
