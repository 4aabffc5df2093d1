"""What `modicum opportunities` reads besides the ledger: request logs, meters, a grid's hours."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from modicum.errors import DataError


def handed_in(
    log: list[Path], exports: list[Path], grid_hours: Path | None, region: str | None
) -> dict[str, Any]:
    """What is read besides the ledger."""
    from modicum.carbon import grid_factor
    from modicum.opportunities.hours import read_hours

    grid_factor(region)  # a wrong region is said before anything is read
    found: dict[str, Any] = {"region": region}
    if log:
        found["jobs"] = _jobs(log, region)
    if exports:
        found["meters"] = _meters(exports)
    if grid_hours is not None:
        found["intensity"] = read_hours(grid_hours)
        found["intensity_source"] = f"{grid_hours.name}, mean by hour of the day"
    return found


def _jobs(log: list[Path], region: str | None) -> tuple[Any, ...]:
    from modicum.discover import discover_jobs
    from modicum.opportunities import LoggedJob, Saving

    discovery = discover_jobs(log, region=region)
    return tuple(
        LoggedJob(
            job.name,
            tuple(job.job.tallies),
            job.requests,
            job.job.repeated,
            job.fit.grade in ("very likely", "likely"),
            "; ".join(job.fit.why),
            Saving(job.footprint.energy_j, job.footprint.carbon_g, job.footprint.cost),
            discovery.period.days is not None,
        )
        for job in discovery.jobs
    )


def _meters(exports: list[Path]) -> tuple[Any, ...]:
    from modicum.inventory.load import load_exports
    from modicum.inventory.statement import folder_files
    from modicum.opportunities.seen import MeterDay

    loaded = load_exports(folder_files(exports))
    rows = [u for one in loaded for u in one.usages if u.kind in ("energy", "hours")]
    if not rows:
        raise DataError(
            "--exports holds no meter (date, kwh) and no hours (date, instance_type, hours, watts)"
        )
    epoch = date(1970, 1, 1)
    return tuple(
        MeterDay((u.day - epoch).days, u.model, u.energy_kwh, u.hours, u.watts, u.cost, u.currency)
        for u in rows
    )
