"""Chunks of lines digested, here or in processes beside this one: parsed, matched, or sketched.

Digesting needs the templates known so far and nothing else, so chunks go to other cores.  What they
give is taken in the order of the log, and a fixed number of chunks is under way, so that a log
gives the same jobs on any number of cores from two on.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

from modicum.discover.formats import requests_of
from modicum.discover.request import Request, flatten
from modicum.discover.sketch import Vocabulary, sketch
from modicum.discover.template import Found, Template
from modicum.discover.waiting import Waiting

LINES = 2_000
"""Lines of a chunk, fewer where they are long."""

_BYTES = 4_000_000
_UNDER_WAY = 4
Lines = list[bytes | None]


@dataclass(slots=True)
class Matched:
    """A request of a known template, by its place in the list, and what varied."""

    place: int
    request: Request
    inputs: list[str]


@dataclass(slots=True)
class Digest:
    """What a chunk held.  halves: of batches, whose other half may come later."""

    lines: int = 0
    malformed: int = 0
    foreign: int = 0
    matched: list[Matched] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    halves: list[Request] = field(default_factory=list)


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


def digest(lines: Lines, templates: Sequence[Template]) -> Digest:
    """Parse each line, match its requests, and sketch those that no template matches."""
    found = Digest(len(lines))
    vocabulary = Vocabulary()
    for line in lines:
        for request in _parsed(line, found):
            if not (request.messages and (request.answer is not None or not request.custom_id)):
                found.halves.append(request)
                continue
            _sort(request, templates, vocabulary, found)
    return found


def _sort(
    request: Request, templates: Sequence[Template], vocabulary: Vocabulary, found: Digest
) -> None:
    prompt = flatten(request.messages)
    for place, template in enumerate(templates):
        gaps = template.match(prompt)
        if gaps is not None:
            if request.tokens_in is not None:
                request.messages = ()  # told enough: it need not travel
            found.matched.append(Matched(place, request, template.varying(gaps)))
            return
    found.waiting.append(Waiting(request, prompt, sketch(prompt, vocabulary)))


def _parsed(line: bytes | None, found: Digest) -> Sequence[Request]:
    """The requests of one line; a line that is none is counted and passed over."""
    if line is not None and not line.strip():
        return ()
    try:
        parsed = json.loads(line) if line is not None else None
    except (ValueError, RecursionError):
        parsed = None
    if parsed is None:
        found.malformed += 1
        return ()
    requests = requests_of(parsed)
    found.foreign += not requests
    return requests


def digests(
    pieces: Iterator[Lines], known: Callable[[], Sequence[Found]], cores: int
) -> Iterator[tuple[Digest, Sequence[Found]]]:
    """The digest of each chunk, in order, and the templates that its places refer to.

    known: gives the templates found so far.
    """
    if cores < 2:
        for piece in pieces:
            found = tuple(known())
            yield digest(piece, [f.template for f in found]), found
        return
    under_way: deque[tuple[Future[Digest], Sequence[Found]]] = deque()
    # A process forked from one with threads may hang; a spawned one starts clean.
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        for piece in pieces:
            found = tuple(known())
            under_way.append((pool.submit(digest, piece, [f.template for f in found]), found))
            if len(under_way) > _UNDER_WAY:
                first, asked = under_way.popleft()
                yield first.result(), asked
        for first, asked in under_way:
            yield first.result(), asked
