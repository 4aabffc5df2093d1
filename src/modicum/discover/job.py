"""A job: the requests of one template, counted, with a sample of them kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from zlib import crc32

from modicum.discover.request import OPEN, Request
from modicum.discover.sample import Row, Sample
from modicum.discover.shape import Shape

_MOST_HASHES = 50_000


@dataclass(slots=True)
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

    def merge(self, other: Tally) -> None:
        """Add what was counted elsewhere."""
        self.requests += other.requests
        self.tokens_in += other.tokens_in
        self.tokens_out += other.tokens_out
        self.tokens_cached += other.tokens_cached
        self.estimated += other.estimated
        self.cost += other.cost
        self.costed += other.costed


@dataclass(slots=True)
class Repeats:
    """How often the variable parts were seen before, of the first many requests."""

    seen: set[int] = field(default_factory=set)
    counted: int = 0

    def add(self, inputs: list[str]) -> None:
        """Look at one request."""
        if len(self.seen) < _MOST_HASHES:
            self.counted += 1
            self.seen.add(_mark(inputs))

    def merge(self, other: Repeats) -> None:
        """Add what was seen elsewhere."""
        if len(self.seen) < _MOST_HASHES:
            self.counted += other.counted
            self.seen |= other.seen

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return 1.0 - len(self.seen) / self.counted if self.counted else 0.0


@dataclass(slots=True)
class Job:
    """Everything that is known of one template's requests; parts counted apart can be merged."""

    sample: Sample = field(default_factory=Sample)
    requests: int = 0
    failed: int = 0
    continued: int = 0  # requests with turns after the first
    tallies: dict[str, Tally] = field(default_factory=dict)
    shape: Shape = field(default_factory=Shape)
    repeats: Repeats = field(default_factory=Repeats)

    def add(self, request: Request, inputs: list[str]) -> None:
        """Count one request, and perhaps keep it."""
        self.requests += 1
        self.failed += request.failed
        self.continued += len(inputs) > 0 and OPEN + "assistant" in inputs[-1]
        self.tallies.setdefault(request.model or "unknown", Tally()).add(request)
        self.repeats.add(inputs)
        if request.answer is not None and not request.failed:
            self.shape.add(request.answer)
            if self.sample.takes(request.place):
                self.sample.offer(request.place, _row(request, inputs))

    def merge(self, part: Job) -> None:
        """Add what was counted elsewhere, of requests that come after these."""
        self.requests += part.requests
        self.failed += part.failed
        self.continued += part.continued
        for model, tally in part.tallies.items():
            self.tallies.setdefault(model, Tally()).merge(tally)
        self.repeats.merge(part.repeats)
        self.shape.merge(part.shape)
        self.sample.merge(part.sample)

    @property
    def rows(self) -> list[Row]:
        """The requests that were kept, in the order of the log."""
        return self.sample.rows()

    @property
    def repeated(self) -> float:
        """Share of the requests whose variable parts were seen before (of the first many)."""
        return self.repeats.share


def _row(request: Request, inputs: list[str]) -> Row:
    return Row(
        tuple(inputs),
        request.answer or "",
        request.model,
        request.time,
        request.tokens_in,
        request.tokens_out,
    )


def _mark(inputs: list[str]) -> int:
    """A number for these texts, the same in every process: checksum and length."""
    joined = "\0".join(inputs).encode("utf-8", "replace")
    return crc32(joined) << 32 | len(joined)


def _tokens(messages: tuple[tuple[str, str], ...]) -> int:
    return sum(_estimate(text) + 4 for _, text in messages)


def _estimate(text: str) -> int:
    """Tokens of a text by its bytes: four to a token in English (OpenAI's rule of thumb)."""
    return -(-len(text.encode("utf-8", "replace")) // 4)
