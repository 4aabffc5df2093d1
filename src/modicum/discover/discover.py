"""A log read once: its recurring jobs, what they use, and how right-sizeable each looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from modicum.carbon import Footprint
from modicum.discover.digest import Wanted, chunks, digests
from modicum.discover.fit import Fit, fit_of
from modicum.discover.job import Job
from modicum.discover.join import Joiner
from modicum.discover.lines import files_of, read_lines
from modicum.discover.miner import Miner
from modicum.discover.names import names_of
from modicum.discover.request import Request
from modicum.discover.sample import ROWS, Sample
from modicum.discover.template import SYSTEM_WORDS, USER_WORDS, Found, Template
from modicum.discover.times import Times
from modicum.discover.weigh import Period, weigh
from modicum.errors import DataError
from modicum.figures import Figure

FEWEST = 100
"""Requests that make a job in a long log; a short one asks for a hundredth of it."""

_CHAT_WORDS = 12  # words of a system prompt that says no more than whom people talk to
_OPENING_WORDS = 3  # words fewer than which are an opening where the answers are free
_TALKED_ON = 0.1  # share of requests with a second turn from which it is a conversation


@dataclass
class Counts:
    """What became of the lines."""

    lines: int = 0
    requests: int = 0
    malformed: int = 0  # no JSON, or longer than a record can be
    foreign: int = 0  # JSON, but no request
    answers_alone: int = 0  # answers whose prompt never came
    broken: list[str] = field(default_factory=list)  # files that break off, in a sentence each
    times: Times = field(default_factory=Times)


@dataclass(frozen=True)
class Discovered:
    """One recurring job."""

    name: str
    template: Template
    job: Job
    requests: float
    footprint: Footprint
    fit: Fit

    def to_dict(self, mask: Callable[[str], str] = str) -> dict[str, Any]:
        """Plain data; `mask` is given every text of the log."""
        shape = self.job.shape
        labels = shape.values.labels() if shape.kind == "labels" else {}
        return {
            "name": self.name,
            "template": mask(self.template.pattern()),
            "variables": self.template.variables,
            "requests_logged": self.job.requests,
            "requests": self.requests,
            "failed": self.job.failed,
            "repeated": round(self.job.repeated, 4),
            "models": {model: t.requests for model, t in self.job.tallies.items()},
            "tokens_in": sum(t.tokens_in for t in self.job.tallies.values()),
            "tokens_out": sum(t.tokens_out for t in self.job.tallies.values()),
            "tokens_estimated": any(t.estimated for t in self.job.tallies.values()),
            "answers": {
                "kind": shape.kind,
                "labels": {mask(label): n for label, n in labels.items()},
                "keys": [mask(key) for key in shape.keys] if shape.kind == "json" else [],
            },
            "right_sizeable": self.fit.grade,
            "why": list(self.fit.why),
            "footprint": self.footprint.to_dict(),
        }


@dataclass(frozen=True)
class Discovery:
    """What was found in a log; `jobs` by energy, the largest first.

    open_chat: requests that people wrote freely under a system prompt that names no job.
    other: requests that no template matches.
    """

    counts: Counts
    period: Period
    jobs: tuple[Discovered, ...]
    open_chat: int
    other: int

    def job(self, name: str) -> Discovered:
        """One job by name; raises DataError with the nearest."""
        for job in self.jobs:
            if job.name == name:
                return job
        import difflib

        names = [job.name for job in self.jobs]
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.0)
        hint = f"did you mean {near[0]!r}?" if near else "no job was found in this log"
        raise DataError(f"no job {name!r}: {hint}")

    def to_dict(self, mask: Callable[[str], str] = str) -> dict[str, Any]:
        """Plain data; figures of a month, or of the log where `days` is None."""
        return {
            "lines": self.counts.lines,
            "requests": self.counts.requests,
            "malformed": self.counts.malformed,
            "foreign": self.counts.foreign,
            "answers_without_prompt": self.counts.answers_alone,
            "broken_files": self.counts.broken,
            "days": self.period.days,
            "figures_of": self.period.name,
            "open_chat": self.open_chat,
            "other": self.other,
            "jobs": [job.to_dict(mask) for job in self.jobs],
        }


@dataclass
class _Jobs:
    """Collects the requests of each template."""

    rows: int
    of: dict[int, Job] = field(default_factory=dict)

    def take(self, found: Found, request: Request, inputs: list[str]) -> None:
        self._job(found).add(request, inputs)

    def merge(self, found: Found, part: Job) -> None:
        self._job(found).merge(part)

    def wanted(self, found: Found) -> Wanted:
        job = self.of.get(id(found))
        sample = job.sample if job else Sample(self.rows)
        return Wanted(found.template, sample.most, sample.limit)

    def _job(self, found: Found) -> Job:
        job = self.of.get(id(found))
        if job is None:
            job = self.of[id(found)] = Job(Sample(self.rows))
        return job


def discover_jobs(
    paths: Sequence[Path],
    *,
    fewest: int | None = None,
    days: float | None = None,
    region: str | None = None,
    rows: int = ROWS,
    cores: int = 1,
    step: Callable[[int], None] = lambda _: None,
) -> Discovery:
    """Read logs once and find their recurring jobs.

    Args:
        paths: jsonl, json or csv, plain or as gz or zst, or folders of them; `-` is standard input.
        fewest: requests that make a job; by default 100, or a hundredth of a short log.
        days: what the log covers, where its own times do not tell.
        region: of the machines that answer; the world where it is not known.
        rows: requests kept of each job, to be written as a task.
        cores: processes that read; from 2 on the caller needs the `__main__` guard that
            `multiprocessing` asks for.
        step: called with the number of lines read, now and then.

    Raises:
        DataError: a file that cannot be read, or none of whose lines is a request.
    """
    if days is not None and days <= 0:
        raise DataError(f"--days {days:g}: give how many days the log covers, more than 0")
    paths = files_of(paths)
    counts = Counts()
    jobs = _Jobs(rows)
    miner = Miner(fewest or FEWEST, jobs)
    _read(paths, miner, jobs, counts, cores, step)
    if fewest is None:
        miner.fewest = min(FEWEST, max(20, counts.requests // 100))
    miner.mine()
    _check(paths, counts)
    period = Period(days if days is not None else counts.times.days)
    chat = [f for f in miner.found if id(f) in jobs.of and is_chat(f.template, jobs.of[id(f)])]
    kept = [f for f in miner.found if id(f) in jobs.of and f not in chat]
    found = [_described(f, jobs.of[id(f)], period, region) for f in kept]
    return Discovery(
        counts,
        period,
        _named(sorted(found, key=lambda d: -(d.footprint.energy_j.value or 0.0))),
        sum(jobs.of[id(f)].requests for f in chat),
        len(miner.pool) + miner.left,
    )


def is_chat(template: Template, job: Job) -> bool:
    """Whether people write freely, and are answered freely, behind few words that stay.

    Such are a short system prompt that says no more than whom they talk to, and a common opening
    ("Please explain:").  A template of few words counts as one where it is seldom talked on.
    """
    if job.shape.kind not in ("free", "unknown"):
        return False
    words = template.words()
    system, user = words.get("system", 0), words.get("user", 0)
    if not user:
        return SYSTEM_WORDS <= system <= _CHAT_WORDS
    few = system < SYSTEM_WORDS and user < USER_WORDS
    return few and (user < _OPENING_WORDS or job.continued > _TALKED_ON * job.requests)


def _read(
    paths: Sequence[Path],
    miner: Miner,
    jobs: _Jobs,
    counts: Counts,
    cores: int,
    step: Callable[[int], None],
) -> None:
    joiner = Joiner()
    lines = (line for path in paths for line in read_lines(path, counts.broken.append))
    for found, known in digests(
        chunks(lines), lambda: [(f, jobs.wanted(f)) for f in miner.found], cores
    ):
        counts.lines += found.lines
        counts.malformed += found.malformed
        counts.foreign += found.foreign
        counts.requests += found.requests
        counts.times.merge(found.times)
        miner.add_digest(found, known)
        for half in found.halves:
            _add(joiner.add(half), miner, counts)
        step(counts.lines)
    _add(joiner.rest(), miner, counts)


def _add(requests: Iterator[Request], miner: Miner, counts: Counts) -> None:
    for request in requests:
        if not request.messages:
            counts.answers_alone += 1
            continue
        counts.requests += 1
        counts.times.see(request.time)
        miner.add(request)


def _check(paths: Sequence[Path], counts: Counts) -> None:
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    names = ", ".join(map(str, paths[:3])) + more
    if not counts.lines:
        raise DataError(f"{names} is empty: give a log of requests, one JSON object a line")
    if not counts.requests:
        raise DataError(
            f"none of the {counts.lines:,} lines of {names} is a request with its prompt "
            f"({counts.malformed:,} are no JSON, {counts.answers_alone:,} answers without their "
            "prompt): give logs of OpenAI, Anthropic, LiteLLM, OpenTelemetry GenAI, Langfuse, "
            "Helicone or vLLM that keep the prompts"
        )


def _described(found: Found, job: Job, period: Period, region: str | None) -> Discovered:
    weight = weigh(job, period, region)
    return Discovered("", found.template, job, period.requests(job.requests), weight, fit_of(job))


def _named(found: Sequence[Discovered]) -> tuple[Discovered, ...]:
    names = names_of([one.template for one in found])
    return tuple(replace(one, name=name) for one, name in zip(found, names, strict=True))


def saved_at_most(jobs: Sequence[Discovered]) -> Figure | None:
    """The energy of the jobs that something smaller is likely to do; None where there is none."""
    from modicum.figures import total

    good = [j.footprint.energy_j for j in jobs if j.fit.grade in ("very likely", "likely")]
    return total(good) if good else None
