"""Jobs to place: what each needs, where its data lies, what holds it to a place or an hour."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from modicum.errors import PlanError
from modicum.plan.limits import not_negative, positive


@dataclass(frozen=True, slots=True)
class Job:
    """Whole hours on one machine between a release and a deadline (hours from the start).

    `home` is where it is asked for, `data_at` where its data lies (home, if empty); `regions` and
    `machines` name what is allowed (all, if empty); `latency_ms` bounds the way from home.
    """

    name: str
    hours: int
    kw: float
    release: int
    deadline: int
    home: str
    data_gb: float = 0.0
    regions: tuple[str, ...] = ()
    interruptible: bool = False
    data_at: str = ""
    machines: tuple[str, ...] = ()
    latency_ms: float | None = None

    def __post_init__(self) -> None:
        positive(f"hours of job {self.name}", self.hours)
        positive(f"power of job {self.name}", self.kw)
        not_negative(f"data of job {self.name}", self.data_gb)
        not_negative(f"release of job {self.name}", self.release)
        if self.latency_ms is not None:
            not_negative(f"latency bound of job {self.name}", self.latency_ms)
        if self.deadline - self.release < self.hours:
            raise PlanError(
                f"job {self.name} needs {self.hours} h but has "
                f"{self.deadline - self.release} h from hour {self.release} to its deadline at "
                f"{self.deadline}: the deadline cannot be met"
            )

    @property
    def source(self) -> str:
        """Where its data lies."""
        return self.data_at or self.home

    def may_run(self, region: str, machine: str = "", away_ms: float | None = 0.0) -> bool:
        """Whether residency, hardware and latency let it run there; an unknown way is too far."""
        if self.regions and region not in self.regions:
            return False
        if self.machines and machine not in self.machines:
            return False
        if self.latency_ms is None or region == self.home:
            return True
        return away_ms is not None and away_ms <= self.latency_ms


def read_jobs(path: Path) -> list[Job]:
    """Jobs from a csv with the fields of Job; regions and machines are joined by semicolons."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            found = [_job(row, n) for n, row in enumerate(csv.DictReader(lines), 2)]
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"{path} cannot be read: give a csv of jobs") from error
    if not found:
        raise PlanError(f"{path} has no jobs: give a line for each under its head")
    twice = [name for name, times in Counter(job.name for job in found).items() if times > 1]
    if twice:
        raise PlanError(f"{path} names job {twice[0]} twice: give each its own name")
    return found


def generate_jobs(
    count: int, regions: Sequence[str], horizon: int = 168, seed: int = 0
) -> list[Job]:
    """A mix as in batch clusters: short jobs many, long jobs few, half of them deferrable by days.

    Durations 1-24 h (log-normal), power 0.3-8 kW, slack 0-72 h, data 0-500 GB, a fifth bound to
    their home region, two fifths interruptible.
    """
    import numpy as np

    positive("number of jobs", count)
    not_negative("seed", seed)
    draw = np.random.default_rng(seed)
    found = []
    for n in range(count):
        hours = int(np.clip(np.ceil(draw.lognormal(0.9, 0.9)), 1, min(24, horizon)))
        slack = int(draw.choice([0, 4, 12, 24, 48, 72], p=[0.1, 0.1, 0.2, 0.3, 0.2, 0.1]))
        latest = horizon - hours - min(slack, horizon - hours - 1)
        release = int(draw.integers(0, max(1, latest)))
        found.append(
            Job(
                name=f"j{n}",
                hours=hours,
                kw=float(draw.choice([0.3, 0.7, 2.0, 5.6, 8.0], p=[0.3, 0.3, 0.2, 0.15, 0.05])),
                release=release,
                deadline=min(horizon, release + hours + slack),
                home=str(draw.choice(list(regions))),
                data_gb=float(draw.choice([0, 5, 50, 500], p=[0.3, 0.4, 0.2, 0.1])),
                interruptible=bool(draw.random() < 0.4),
            )
        )
    return [replace(j, regions=(j.home,)) if draw.random() < 0.2 else j for j in found]


_FIELDS = frozenset(Job.__dataclass_fields__)


def _job(row: Mapping[str, str], line: int) -> Job:
    extra = sorted(set(row) - _FIELDS, key=str)
    if extra:
        raise PlanError(f"line {line} of the jobs has {extra[0]!r}: the fields are {_told()}")
    try:
        return Job(
            name=row["name"],
            hours=int(row["hours"]),
            kw=float(row["kw"]),
            release=int(row["release"]),
            deadline=int(row["deadline"]),
            home=row["home"],
            data_gb=float(row.get("data_gb") or 0),
            regions=_list(row, "regions"),
            interruptible=(row.get("interruptible") or "").lower() in {"1", "true", "yes"},
            data_at=row.get("data_at") or "",
            machines=_list(row, "machines"),
            latency_ms=float(row["latency_ms"]) if row.get("latency_ms") else None,
        )
    except KeyError as error:
        raise PlanError(f"the jobs have no column {error}: the fields are {_told()}") from error
    except (ValueError, TypeError) as error:
        raise PlanError(f"line {line} of the jobs is not a job: {error}") from error


def _list(row: Mapping[str, str], field: str) -> tuple[str, ...]:
    return tuple(r for r in (row.get(field) or "").split(";") if r)


def _told() -> str:
    return ", ".join(Job.__dataclass_fields__)
