"""A provider, or replicas of one server: choosing a replica, retrying, and leaving a broken one."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass

from modicum.errors import ServeError
from modicum.serve.answer import Answer
from modicum.serve.breaker import Breaker
from modicum.serve.deadline import ask
from modicum.serve.hedge import hedged
from modicum.serve.pool import Address, Pool
from modicum.serve.problem import Problem
from modicum.serve.sessions import CURRENT
from modicum.serve.settings import UpstreamSettings
from modicum.serve.upstream_headers import headers_of

RETRIED = frozenset({408, 429, 500, 502, 503, 504, 529})
LONGEST_WAIT_S = 5.0
Headers = list[tuple[bytes, bytes]]


class Replica:
    """One address of an upstream."""

    def __init__(self, url: str, settings: UpstreamSettings) -> None:
        self.url = url
        self.pool = Pool(
            Address(url),
            connect_s=settings.connect_timeout_s,
            read_s=settings.timeout_s,
            most=settings.connections,
        )
        self.breaker = Breaker(settings.breaker_failures, settings.breaker_s, time.monotonic)
        self.in_flight = 0


@dataclass(slots=True)
class Reply:
    """An upstream's answer whose body is still to be read; `release` must follow."""

    answer: Answer
    replica: Replica
    attempts: int
    _open: bool = True

    def release(self) -> None:
        """The request is over; where its body was not read to the end, the connection is closed."""
        if self._open:
            self._open = False
            self.replica.in_flight -= 1
            self.answer.close()


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
        self.headers = headers_of(name, settings, environment)

    def credentials(self) -> Headers:
        """Our headers for this upstream, and our key where it has one."""
        if self.key is None:
            return self.headers
        if self.settings.kind == "anthropic":
            return [*self.headers, (b"x-api-key", self.key.encode())]
        return [*self.headers, (b"authorization", b"Bearer " + self.key.encode())]

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

    async def send(self, path: str, body: bytes, headers: Headers) -> Reply:
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
            if self.settings.hedge_after_s is None or len(self.replicas) == 1:
                found = await self.once(replica, path, body, headers)
            else:
                replica, found, sent = await hedged(self, replica, path, body, headers)
                attempts += sent - 1
            if isinstance(found, Problem):
                if not (more and self.budget.take()):
                    raise found
                await asyncio.sleep(_backoff(attempts))
                continue
            reply = Reply(found, replica, attempts)
            if found.status in RETRIED and more and self.budget.take():
                wait = _wait(found, attempts)
                if wait is not None:
                    reply.release()
                    await asyncio.sleep(wait)
                    continue
            return reply

    async def once(
        self, replica: Replica, path: str, body: bytes, headers: Headers
    ) -> Answer | Problem:
        """Ask one replica once; what it did not answer is a Problem, not raised."""
        replica.in_flight += 1
        try:
            answer = await ask(replica.pool, self.settings, path, headers, body)
        except TimeoutError:
            replica.in_flight -= 1
            replica.breaker.failed()
            return Problem(504, "upstream_timeout", f"upstream {self.name} did not answer in time")
        except OSError as error:
            replica.in_flight -= 1
            replica.breaker.failed()
            kind = type(error).__name__.removesuffix("Error")
            return Problem(
                502, "upstream_error", f"upstream {self.name} cannot be reached ({kind})"
            )
        except BaseException:  # cancelled: the caller went away
            replica.in_flight -= 1
            raise
        if answer.status >= 500:
            replica.breaker.failed()
        else:
            replica.breaker.succeeded()
        return answer

    def close(self) -> None:
        """End every connection."""
        for replica in self.replicas:
            replica.pool.close()


def _key(name: str, settings: UpstreamSettings, environment: Mapping[str, str]) -> str | None:
    if settings.api_key_env:
        found = environment.get(settings.api_key_env)
        if not found:
            raise ServeError(
                f"upstream {name!r} takes its key from {settings.api_key_env}, which is not set"
            )
    elif settings.api_key_file:
        try:
            found = settings.api_key_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ServeError(
                f"upstream {name!r} takes its key from a file that cannot be read ({error})"
            ) from None
    else:
        return None
    if not (found.isascii() and found.isprintable()):
        raise ServeError(f"the key of upstream {name!r} holds what no header can: give it anew")
    return found


def _backoff(attempts: int) -> float:
    return float(min(0.1 * 2**attempts, 2.0) * (0.5 + random.random() / 2))  # noqa: S311


def _wait(answer: Answer, attempts: int) -> float | None:
    """How long to wait before a retry; None where the upstream asks for longer than is sensible."""
    try:
        seconds = float(answer.header(b"retry-after"))
    except ValueError:
        return _backoff(attempts)
    return max(seconds, 0.0) if seconds <= LONGEST_WAIT_S else None
