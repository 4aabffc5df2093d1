"""Jobs to place, the sites they may run at, and the grid that feeds these."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from modicum.errors import PlanError
from modicum.plan.limits import not_negative, positive

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Machine:
    """A kind of machine: how fast and how hungry it is beside the job's own."""

    name: str
    speed: float = 1.0
    power: float = 1.0


@dataclass(frozen=True, slots=True)
class Site:
    """Machines of one kind in one region: hourly intensity (g/kWh) and price (per kWh)."""

    region: str
    intensity: Floats
    machines: int
    machine: Machine = field(default_factory=lambda: Machine("standard"))
    price: float = 0.15
    pue: float = 1.2

    def __post_init__(self) -> None:
        positive(f"machines in {self.region}", self.machines)


@dataclass(frozen=True, slots=True)
class Job:
    """Whole hours on one machine between a release and a deadline (hours from the start)."""

    name: str
    hours: int
    kw: float
    release: int
    deadline: int
    home: str
    data_gb: float = 0.0
    regions: tuple[str, ...] = ()
    interruptible: bool = False

    def __post_init__(self) -> None:
        positive(f"hours of job {self.name}", self.hours)
        positive(f"power of job {self.name}", self.kw)
        not_negative(f"data of job {self.name}", self.data_gb)
        if self.deadline - self.release < self.hours:
            raise PlanError(
                f"job {self.name} needs {self.hours} h but has "
                f"{self.deadline - self.release} h from hour {self.release} to its deadline at "
                f"{self.deadline}: the deadline cannot be met"
            )

    def may_run(self, region: str) -> bool:
        """Whether residency and latency let it run there."""
        return not self.regions or region in self.regions


def read_jobs(path: Path) -> list[Job]:
    """Jobs from a csv with the fields of Job; regions are joined by semicolons."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return [_job(row, n) for n, row in enumerate(csv.DictReader(lines), 2)]
    except OSError as error:
        raise PlanError(f"{path} cannot be read: give a csv of jobs") from error


def read_intensity(path: Path, column: str = "LCA") -> Floats:
    """The hourly series of an Electricity Maps csv; the column whose name holds `column`."""
    import numpy as np

    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as error:
        raise PlanError(f"{path} cannot be read: give an hourly intensity csv") from error
    names = [n for n in (rows[0] if rows else {}) if column in n]
    if not names:
        raise PlanError(f"{path} has no column with {column!r} in its name")
    return np.array([float(row[names[0]]) for row in rows], dtype=np.float64)


def shifted(series: Floats, hours: int, scale: float = 1.0) -> Floats:
    """A copy of a grid as if its sun rose `hours` later, and `scale` times as dirty."""
    import numpy as np

    rolled: Floats = np.roll(series, hours) * scale
    return rolled


def generate_jobs(
    count: int, regions: Sequence[str], horizon: int = 168, seed: int = 0
) -> list[Job]:
    """A mix as in batch clusters: short jobs many, long jobs few, half of them deferrable by days.

    Durations 1-24 h (log-normal), power 0.3-8 kW, slack 0-72 h, data 0-500 GB, a fifth bound to
    their home region, two fifths interruptible.
    """
    import numpy as np

    draw = np.random.default_rng(seed)
    found = []
    for n in range(count):
        hours = int(np.clip(np.ceil(draw.lognormal(0.9, 0.9)), 1, 24))
        slack = int(draw.choice([0, 4, 12, 24, 48, 72], p=[0.1, 0.1, 0.2, 0.3, 0.2, 0.1]))
        release = int(draw.integers(0, horizon - hours - min(slack, horizon - hours - 1)))
        found.append(
            Job(
                name=f"j{n}",
                hours=hours,
                kw=float(draw.choice([0.3, 0.7, 2.0, 5.6, 8.0], p=[0.3, 0.3, 0.2, 0.15, 0.05])),
                release=release,
                deadline=min(horizon, release + hours + slack),
                home=str(draw.choice(list(regions))),
                data_gb=float(draw.choice([0, 5, 50, 500], p=[0.3, 0.4, 0.2, 0.1])),
                regions=(),
                interruptible=bool(draw.random() < 0.4),
            )
        )
    return [_bound(j, draw.random() < 0.2) for j in found]


def _bound(job: Job, at_home: bool) -> Job:
    from dataclasses import replace

    return replace(job, regions=(job.home,)) if at_home else job


def _job(row: Mapping[str, str], line: int) -> Job:
    try:
        return Job(
            name=row["name"],
            hours=int(row["hours"]),
            kw=float(row["kw"]),
            release=int(row["release"]),
            deadline=int(row["deadline"]),
            home=row["home"],
            data_gb=float(row.get("data_gb") or 0),
            regions=tuple(r for r in (row.get("regions") or "").split(";") if r),
            interruptible=(row.get("interruptible") or "").lower() in {"1", "true", "yes"},
        )
    except (KeyError, ValueError, TypeError) as error:
        raise PlanError(f"line {line} of the jobs is not a job: {error}") from error
