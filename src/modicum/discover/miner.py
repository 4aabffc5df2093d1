"""Templates found while the log streams by: known ones are matched, the rest waits to be mined.

A request that a known template matches costs a few substring searches.  Every other waits in a
pool, which is mined each time it has doubled and once at the end, so that a template seen two
hundred times among a million is found when the common ones are out of the way.  A pool that is full
lets its oldest half go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from modicum.discover.align import align
from modicum.discover.choice import Choice
from modicum.discover.digest import Digest
from modicum.discover.groups import find_groups
from modicum.discover.job import Job
from modicum.discover.request import Request, flatten
from modicum.discover.sketch import Vocabulary, sketch
from modicum.discover.template import Found, Template, worth
from modicum.discover.waiting import Waiting

FIRST = 8_000
"""Requests in the pool when it is first mined."""

MOST_WAITING = 240_000
MOST_CHARACTERS = 400_000_000
MOST_SHINGLES = 16_000_000
"""What the pool holds at most."""

_DIFFERENT = 3  # words by which two templates may differ and still be one
_HALF = 30  # prompts of each that they are compared by
_ROUNDS = 3  # times a pool is mined in a row while it gives something


class Collector(Protocol):
    """Where requests with a template go."""

    def take(self, found: Found, request: Request, inputs: list[str]) -> None:
        """One request, and what varies in it."""

    def merge(self, found: Found, part: Job) -> None:
        """Requests that were counted elsewhere."""


@dataclass
class Miner:
    """Feeds each request to its template.

    fewest: requests that make a template.
    into: is given each request that has a template, once, alone or in the part of a job.
    """

    fewest: int
    into: Collector
    found: list[Found] = field(default_factory=list)
    pool: list[Waiting] = field(default_factory=list)
    left: int = 0
    _next: int = FIRST
    _characters: int = 0
    _shingles: int = 0
    _vocabulary: Vocabulary = field(default_factory=Vocabulary)

    def add(self, request: Request) -> None:
        """Match a request, or let it wait."""
        prompt = flatten(request.messages)
        if not self._matched(request, prompt):
            self._wait(Waiting(request, prompt, sketch(prompt, self._vocabulary)))
            self._make_room()

    def add_digest(self, digest: Digest, known: Sequence[Found]) -> None:
        """Take what a chunk held; its places refer to `known`."""
        for place, part in digest.parts.items():
            known[place].requests += part.requests
            self.into.merge(known[place], part)
        for waiting in digest.waiting:
            if not self._matched(waiting.request, waiting.prompt):
                self._wait(waiting)
        self._make_room()

    def _matched(self, request: Request, prompt: str) -> bool:
        for found in self.found:
            gaps = found.template.match(prompt)
            if gaps is not None:
                found.requests += 1
                self.into.take(found, request, found.template.varying(gaps))
                return True
        return False

    def _wait(self, one: Waiting) -> None:
        self.pool.append(one)
        self._characters += len(one.prompt)
        self._shingles += len(one.shingles)

    def _make_room(self) -> None:
        """Mine a pool that has doubled; let half of a full one go."""
        if len(self.pool) >= self._next:
            self.mine()
            self._next = max(2 * len(self.pool), FIRST)
        if (
            len(self.pool) > MOST_WAITING
            or self._characters > MOST_CHARACTERS
            or self._shingles > MOST_SHINGLES
        ):
            self._let_go()

    def _let_go(self) -> None:
        self.mine()
        half = len(self.pool) // 2
        self.left += half
        del self.pool[:half]
        self._count()
        self._next = max(2 * len(self.pool), FIRST)

    def _count(self) -> None:
        self._characters = sum(len(w.prompt) for w in self.pool)
        self._shingles = sum(len(w.shingles) for w in self.pool)

    def mine(self) -> None:
        """Look for templates in the pool, and match the pool against them, until none is new."""
        for _ in range(_ROUNDS):
            if len(self.pool) < self.fewest or not self._mine_once():
                return

    def _mine_once(self) -> bool:
        groups = find_groups([w.shingles for w in self.pool], self.fewest)
        before = len(self.pool)
        new = [self._add(*chosen) for chosen in Choice(self.pool, self.fewest).of(groups)]
        if not any(new):
            return False
        self.found.sort(key=lambda f: -f.template.weight)
        waiting, self.pool = self.pool, []
        for one in waiting:
            if not self._matched(one.request, one.prompt):
                self.pool.append(one)
        self._count()
        return len(self.pool) < before

    def _add(self, template: Template, prompts: Sequence[str]) -> bool:
        """Keep a template; True where it is new or widened a known one."""
        samples = list(dict.fromkeys(prompts))[:: max(len(prompts) // 40, 1)][:40]
        for known in self.found:
            wider = _both(known, template, samples)
            if wider is not None:
                changed = wider.segments != known.template.segments
                known.template = wider
                known.samples = (known.samples + samples)[-80:]
                return changed
        self.found.append(Found(template, samples))
        return True


def _both(known: Found, template: Template, samples: Sequence[str]) -> Template | None:
    """One template for both where they differ by a few words only."""
    weights = known.template.weight, template.weight
    if min(weights) < 0.6 * max(weights):
        return None
    if known.template.segments[0][:8] != template.segments[0][:8]:
        return None
    wider = align([*known.samples[-_HALF:], *samples[-_HALF:]])
    if wider is None or not worth(wider):
        return None
    stays = sum(wider.words().values())
    most = max(sum(t.words().values()) for t in (known.template, template))
    return wider if most - stays <= _DIFFERENT else None
