"""A provider, or replicas of one server: choosing a replica, retrying, and leaving a broken one."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modicum.errors import ServeError
from modicum.serve.breaker import Breaker
from modicum.serve.problem import Problem
from modicum.serve.sessions import CURRENT
from modicum.serve.settings import UpstreamSettings

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession
    from yarl import URL

RETRIED = frozenset({408, 429, 500, 502, 503, 504, 529})
LONGEST_WAIT_S = 5.0


class Replica:
    """One address of an upstream."""

    def __init__(self, url: str, settings: UpstreamSettings) -> None:
        from yarl import URL

        self.url = url.rstrip("/")
        parsed = URL(self.url)
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise ServeError(f"upstream address {url!r}: give http://HOST/v1 or https://HOST/v1")
        if parsed.user or parsed.password or parsed.query_string or parsed.fragment:
            raise ServeError(
                f"upstream address at {parsed.host} holds a user, a password or a query: give the "
                "key as api_key_env or api_key_file"
            )
        self.breaker = Breaker(settings.breaker_failures, settings.breaker_s, time.monotonic)
        self.in_flight = 0
        self._paths: dict[str, URL] = {}

    def to(self, path: str) -> URL:
        """The whole address of a path."""
        from yarl import URL

        found = self._paths.get(path)
        if found is None:
            found = self._paths[path] = URL(self.url + path)
        return found


@dataclass(slots=True)
class Reply:
    """An upstream's answer whose body is still to be read; `release` must follow."""

    response: ClientResponse
    replica: Replica
    attempts: int
    _open: bool = True

    def release(self, *, broken: bool = False) -> None:
        """Give the connection back, or close it where the body was not read to its end."""
        if self._open:
            self._open = False
            self.replica.in_flight -= 1
            if broken:
                self.response.close()
            else:
                self.response.release()


class RetryBudget:
    """At most a tenth of the requests may be retries, so that a storm is not made worse."""

    def __init__(self) -> None:
        self.tokens = 10.0

    def earn(self) -> None:
        """One request came."""
        self.tokens = min(self.tokens + 0.1, 100.0)

    def take(self) -> bool:
        """Whether one more retry may go."""
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True


class Upstream:
    """One [upstreams.NAME]."""

    def __init__(
        self, name: str, settings: UpstreamSettings, environment: Mapping[str, str] = os.environ
    ) -> None:
        self.name, self.settings = name, settings
        self.replicas = [Replica(url, settings) for url in settings.base_urls]
        if not self.replicas:
            raise ServeError(f"upstream {name!r} has no address: give base_url")
        self.budget = RetryBudget()
        self.key = _key(name, settings, environment)
        self.timeout_s = settings.timeout_s

    def credentials(self, headers: dict[str, str]) -> None:
        """Put our key for this upstream into the headers."""
        if self.key is None:
            return
        if self.settings.kind == "anthropic":
            headers["x-api-key"] = self.key
        else:
            headers["authorization"] = f"Bearer {self.key}"

    def pick(self, avoid: Replica | None = None) -> Replica | None:
        """A session's own replica, else the one with the fewest requests in flight.

        None where every breaker is open.
        """
        if len(self.replicas) == 1:
            only = self.replicas[0]
            return only if only.breaker.allows() else None
        session = CURRENT.get()
        home = session.replicas.get(self.name) if session is not None else None
        for replica in sorted(
            self.replicas,
            key=lambda r: (r is avoid, r.url != home, r.in_flight, random.random()),  # noqa: S311
        ):
            if replica.breaker.allows():
                if session is not None:
                    session.replicas[self.name] = replica.url
                return replica
        return None

    async def send(
        self, session: ClientSession, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Reply:
        """POST, retrying what may be retried before anything went to the caller.

        Raises:
            Problem: 502, 503 or 504, where no replica answered.
        """
        self.budget.earn()
        attempts, last = 0, None
        while True:
            replica = self.pick(last)
            if replica is None:
                raise Problem(
                    503,
                    "upstream_unavailable",
                    f"upstream {self.name} is failing: try again soon",
                    ((b"retry-after", b"5"),),
                )
            attempts, last = attempts + 1, replica
            more = attempts <= self.settings.retries
            found = await self._once(session, replica, path, body, headers)
            if isinstance(found, Problem):
                if not (more and self.budget.take()):
                    raise found
                await asyncio.sleep(_backoff(attempts))
                continue
            reply = Reply(found, replica, attempts)
            if found.status in RETRIED and more and self.budget.take():
                wait = _wait(found, attempts)
                if wait is not None:
                    reply.release(broken=True)
                    await asyncio.sleep(wait)
                    continue
            return reply

    async def _once(
        self,
        session: ClientSession,
        replica: Replica,
        path: str,
        body: bytes,
        headers: Mapping[str, str],
    ) -> ClientResponse | Problem:
        from aiohttp import ClientError

        replica.in_flight += 1
        try:
            response = await session.post(
                replica.to(path), data=body, headers=headers, allow_redirects=False
            )
        except TimeoutError:
            replica.in_flight -= 1
            replica.breaker.failed()
            return Problem(504, "upstream_timeout", f"upstream {self.name} did not answer in time")
        except (ClientError, OSError) as error:
            replica.in_flight -= 1
            replica.breaker.failed()
            kind = type(error).__name__
            return Problem(
                502, "upstream_error", f"upstream {self.name} cannot be reached ({kind})"
            )
        except BaseException:  # cancelled: the caller went away
            replica.in_flight -= 1
            raise
        if response.status >= 500:
            replica.breaker.failed()
        else:
            replica.breaker.succeeded()
        return response


def _key(name: str, settings: UpstreamSettings, environment: Mapping[str, str]) -> str | None:
    if settings.api_key_env:
        found = environment.get(settings.api_key_env)
        if not found:
            raise ServeError(
                f"upstream {name!r} takes its key from {settings.api_key_env}, which is not set"
            )
        return found
    if settings.api_key_file:
        try:
            return settings.api_key_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ServeError(
                f"upstream {name!r} takes its key from a file that cannot be read ({error})"
            ) from None
    return None


def _backoff(attempts: int) -> float:
    return float(min(0.1 * 2**attempts, 2.0) * (0.5 + random.random() / 2))  # noqa: S311


def _wait(response: ClientResponse, attempts: int) -> float | None:
    """How long to wait before a retry; None where the upstream asks for longer than is sensible."""
    try:
        seconds = float(response.headers.get("retry-after", ""))
    except ValueError:
        return _backoff(attempts)
    return max(seconds, 0.0) if seconds <= LONGEST_WAIT_S else None
