"""A job: the requests of one template, counted, with a sample of them kept."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from modicum.discover.request import OPEN, Request
from modicum.discover.shape import Shape

ROWS = 5_000
"""Requests kept of a job."""

_MOST_CHARACTERS = 20_000_000  # kept of one job
_LONGEST = 100_000  # characters of an input that is kept
_MOST_HASHES = 50_000


@dataclass(frozen=True, slots=True)
class Row:
    """One request as it is written: what varied, and what was answered."""

    inputs: tuple[str, ...]
    answer: str
    model: str | None
    time: float | None
    tokens_in: int | None
    tokens_out: int | None


@dataclass
class Tally:
    """Requests to one model, and what they took."""

    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    estimated: int = 0  # requests whose tokens were counted in characters
    cost: float = 0.0
    costed: int = 0  # requests whose cost was logged

    def add(self, request: Request) -> None:
        """Count one request."""
        self.requests += 1
        known_in, known_out = request.tokens_in, request.tokens_out
        self.estimated += known_in is None or known_out is None
        self.tokens_in += _tokens(request.messages) if known_in is None else known_in
        self.tokens_out += _estimate(request.answer or "") if known_out is None else known_out
        self.tokens_cached += request.tokens_cached or 0
        if request.cost is not None:
            self.cost, self.costed = self.cost + request.cost, self.costed + 1


@dataclass
class Job:
    """Everything that is known of one template's requests."""

    rows_kept: int = ROWS
    requests: int = 0
    failed: int = 0
    continued: int = 0  # requests with turns after the first
    tallies: dict[str, Tally] = field(default_factory=dict)
    shape: Shape = field(default_factory=Shape)
    rows: list[Row] = field(default_factory=list)
    _random: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311  # a sample, no secret
    _seen: set[int] = field(default_factory=set)
    _counted: int = 0
    _characters: int = 0
    _offered: int = 0

    def add(self, request: Request, inputs: list[str]) -> None:
        """Count one request, and perhaps keep it."""
        self.requests += 1
        self.failed += request.failed
        self.continued += len(inputs) > 0 and OPEN + "assistant" in inputs[-1]
        self.tallies.setdefault(request.model or "unknown", Tally()).add(request)
        if len(self._seen) < _MOST_HASHES:
            self._counted += 1
            self._seen.add(hash(tuple(inputs)))
        if request.answer is not None and not request.failed:
            self.shape.add(request.answer)
            self._keep(request, inputs)

    def _keep(self, request: Request, inputs: list[str]) -> None:
        """Reservoir sampling (algorithm R; Vitter 1985), within a number of characters."""
        size = sum(map(len, inputs)) + len(request.answer or "")
        if size > _LONGEST:
            return
        self._offered += 1
        full = len(self.rows) >= self.rows_kept or self._characters + size > _MOST_CHARACTERS
        at = self._random.randrange(self._offered) if full else len(self.rows)
        if at > len(self.rows) or (full and at >= len(self.rows)):
            return
        row = Row(
            tuple(inputs),
            request.answer or "",
            request.model,
            request.time,
            request.tokens_in,
            request.tokens_out,
        )
        if full:
            self._characters -= _size(self.rows[at])
            self.rows[at] = row
        else:
            self.rows.append(row)
        self._characters += size

    @property
    def repeated(self) -> float:
        """Share of the requests whose variable parts were seen before (of the first many)."""
        return 1.0 - len(self._seen) / self._counted if self._counted else 0.0


def _size(row: Row) -> int:
    return sum(map(len, row.inputs)) + len(row.answer)


def _tokens(messages: tuple[tuple[str, str], ...]) -> int:
    return sum(_estimate(text) + 4 for _, text in messages)


def _estimate(text: str) -> int:
    """Tokens of a text by its bytes: four to a token in English (OpenAI's rule of thumb)."""
    return -(-len(text.encode("utf-8", "replace")) // 4)
