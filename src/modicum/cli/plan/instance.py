"""What the options of `modicum plan place` name: sites, jobs, and machines enough for them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from modicum.errors import PlanError

if TYPE_CHECKING:
    from modicum.plan.jobs import Job
    from modicum.plan.sites import Site


def sites_of(
    grid: list[str], sites: Path | None, first: int, hours: int, machines: int | None
) -> list[Site]:
    """Sites from --grid or --sites, for the hours to plan."""
    from modicum.plan.sites import Site, read_intensity, read_sites, window

    if bool(grid) == (sites is not None):
        raise PlanError("sites are missing or given twice: give --grid NAME=FILE or --sites FILE")
    if sites is not None:
        return read_sites(sites, first, hours)
    found: list[Site] = []
    for text in grid:
        name, mark, path = text.partition("=")
        if not mark or not name:
            raise PlanError(f"grid {text!r}: give NAME=FILE.csv")
        if name in {site.region for site in found}:
            raise PlanError(f"grid {name!r} is given twice: give each its own name")
        series = window(read_intensity(Path(path)), first, hours, path)
        found.append(Site(name, series, 1 if machines is None else machines))
    return found


def jobs_of(
    jobs: Path | None, generate: int | None, where: list[Site], hours: int, seed: int
) -> list[Job]:
    """Jobs from --jobs or --generate."""
    from modicum.plan.jobs import generate_jobs, read_jobs

    if jobs is not None and generate is None:
        return read_jobs(jobs)
    if jobs is None and generate is not None:
        return generate_jobs(generate, [s.region for s in where], hours, seed)
    raise PlanError("jobs are missing or given twice: give --jobs FILE or --generate N")


def enough(where: list[Site], work: list[Job], hours: int) -> list[Site]:
    """Machines for a mean load of a half, or as many more as every deadline needs."""
    from dataclasses import replace

    from modicum.plan.baselines import run_now
    from modicum.plan.instance import Instance

    many = max(2, round(sum(job.hours for job in work) / hours / len(where) / 0.5))
    while True:
        found = [replace(s, machines=many) for s in where]
        try:
            run_now(Instance(work, found, hours))
        except PlanError:  # some deadline finds no machine, or can never be met
            if many > len(work):
                return found
            many += max(1, many // 4)
            continue
        return found
