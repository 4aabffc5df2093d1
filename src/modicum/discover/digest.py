"""Chunks of lines digested, here or in processes beside this one: parsed, matched, counted.

Digesting needs the templates known so far and nothing else, so chunks go to other cores.  What they
give is taken in the order of the log, and a fixed number of chunks is under way, so that a log
gives the same jobs on any number of cores from two on.  A request that matches travels only as a
count in the part of its job, and as a row where its lot is low enough to be kept.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from multiprocessing import get_context

from modicum.discover.formats import requests_of
from modicum.discover.job import Job
from modicum.discover.parse import parsed
from modicum.discover.request import Request, flatten
from modicum.discover.sample import Sample
from modicum.discover.sketch import Vocabulary, sketch
from modicum.discover.template import Found, Template
from modicum.discover.times import Times
from modicum.discover.vllm import request_of_text
from modicum.discover.waiting import Waiting

LINES = 2_000
"""Lines of a chunk, fewer where they are long."""

_BYTES = 4_000_000
_UNDER_WAY, _UNDER_WAY_LATE = 4, 24
"""Chunks under way: few while most templates are unknown, more to bridge the time of mining."""

_PLACES = 2**24  # more than a chunk can hold
Lines = list[bytes | None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A template that is known, and which rows of it may still be kept."""

    template: Template
    most: int
    limit: int


@dataclass(slots=True)
class Digest:
    """What a chunk held.

    parts: of jobs, by the place of their template in the list that was given.  halves: of batches,
    whose other half may come later.
    """

    lines: int = 0
    malformed: int = 0
    foreign: int = 0
    parts: dict[int, Job] = field(default_factory=dict)
    waiting: list[Waiting] = field(default_factory=list)
    halves: list[Request] = field(default_factory=list)
    times: Times = field(default_factory=Times)

    @property
    def requests(self) -> int:
        """Whole requests, matched or waiting."""
        return sum(part.requests for part in self.parts.values()) + len(self.waiting)


def chunks(lines: Iterator[bytes | None]) -> Iterator[Lines]:
    """Lines in chunks of a bounded number of lines and bytes."""
    held: Lines = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line or b"")
        if len(held) >= LINES or size >= _BYTES:
            yield held
            held, size = [], 0
    if held:
        yield held


def digest(number: int, lines: Lines, wanted: Sequence[Wanted]) -> Digest:
    """Parse each line, match its requests, count them, and sketch those that no template matches.

    number: of the chunk, which places its requests in the log.
    """
    found = Digest(len(lines))
    vocabulary = Vocabulary()
    places = count(number * _PLACES)
    for line in lines:
        for request in _parsed(line, found):
            request.place = next(places)
            if not (request.messages and request.whole):
                found.halves.append(request)
                continue
            found.times.see(request.time)
            _sort(request, wanted, vocabulary, found)
    return found


def _sort(
    request: Request, wanted: Sequence[Wanted], vocabulary: Vocabulary, found: Digest
) -> None:
    prompt = flatten(request.messages)
    for place, one in enumerate(wanted):
        gaps = one.template.match(prompt)
        if gaps is not None:
            part = found.parts.get(place)
            if part is None:
                part = found.parts[place] = Job(Sample(one.most, one.limit))
            part.add(request, one.template.varying(gaps))
            return
    if request.tokens_in is not None:
        request.messages = ()  # the prompt tells them, and their tokens are known
    found.waiting.append(Waiting(request, prompt, sketch(prompt, vocabulary)))


def _parsed(line: bytes | None, found: Digest) -> Sequence[Request]:
    """The requests of one line; a line that is none is counted and passed over."""
    if line is not None and not line.strip():
        return ()
    try:
        read = parsed(line) if line is not None else None
    except (ValueError, RecursionError):
        read = None
    if read is None:
        told = request_of_text(line) if line is not None else None
        found.malformed += told is None
        return () if told is None else (told,)
    requests = requests_of(read)
    found.foreign += not requests
    return requests


def digests(
    pieces: Iterator[Lines], known: Callable[[], Sequence[tuple[Found, Wanted]]], cores: int
) -> Iterator[tuple[Digest, Sequence[Found]]]:
    """The digest of each chunk, in order, and the templates that its places refer to.

    known: gives the templates found so far.
    """
    if cores < 2:
        for number, piece in enumerate(pieces):
            found, wanted = _apart(known())
            yield digest(number, piece, wanted), found
        return
    under_way: deque[tuple[Future[Digest], Sequence[Found]]] = deque()
    # A process forked from one with threads may hang; a spawned one starts clean.
    context = get_context("spawn")
    # Nothing a digest makes refers to itself, and looking for it takes a fifth of the time.
    with ProcessPoolExecutor(cores, mp_context=context, initializer=gc.disable) as pool:
        for number, piece in enumerate(pieces):
            found, wanted = _apart(known())
            under_way.append((pool.submit(digest, number, piece, wanted), found))
            if len(under_way) > min(_UNDER_WAY + number // 10, _UNDER_WAY_LATE):
                first, asked = under_way.popleft()
                yield first.result(), asked
        for first, asked in under_way:
            yield first.result(), asked


def _apart(known: Sequence[tuple[Found, Wanted]]) -> tuple[list[Found], list[Wanted]]:
    return [found for found, _ in known], [wanted for _, wanted in known]
