"""Discovered jobs at the terminal: a table of two lines a job, then what to type next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modicum.discover.discover import Discovered, Discovery
    from modicum.figures import Figure


def show_discovery(found: Discovery, by: str, most: int) -> None:
    """Print it to stdout, at most that many jobs, the heaviest first."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console()

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    say(_read(found))
    for broken in found.counts.broken:
        say(broken)
    if not found.jobs:
        say(
            "No recurring job was found: give a longer log, or fewer requests that make a job with "
            "--min-count."
        )
        return
    jobs = sorted(found.jobs, key=lambda job: -_weight(job, by))[:most]
    say(f"Jobs by {by} of {_period(found)}; under each figure its 90% interval.\n")
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("job, and how right-sizeable", width=36, no_wrap=True, overflow="ellipsis")
    for head in ("requests", "energy", "CO2e", "money"):
        table.add_column(head, justify="right", no_wrap=True)
    for job in jobs:
        table.add_row(*_cells(job))
    console.print(table)
    if len(found.jobs) > len(jobs):
        say(f"... and {len(found.jobs) - len(jobs)} more: --show {len(found.jobs)}")
    _notes(found, jobs, say)


def _read(found: Discovery) -> str:
    c = found.counts
    parts = [f"{c.requests:,} requests in {c.lines:,} lines"]
    skipped = (
        (c.malformed, "malformed and skipped"),
        (c.foreign, "of another kind"),
        (c.answers_alone, "answers without their prompt"),
    )
    parts += [f"{n:,} {what}" for n, what in skipped if n]
    in_jobs = sum(job.job.requests for job in found.jobs)
    rest = f"{in_jobs:,} in {len(found.jobs)} jobs, {found.open_chat + found.other:,} others"
    return f"{', '.join(parts)}.\n{rest}."


def _period(found: Discovery) -> str:
    if found.period.days is None:
        return "the whole log (it tells no times: --days scales it to a month)"
    return f"a month, scaled from {found.period.days:.3g} days"


def _weight(job: Discovered, by: str) -> float:
    figures = {
        "energy": job.footprint.energy_j,
        "carbon": job.footprint.carbon_g,
        "money": job.footprint.cost,
    }
    return figures[by].value or 0.0


def _cells(job: Discovered) -> tuple[str, ...]:
    from modicum.report.numbers import significant

    return (
        f"{job.name}\n  {job.fit.grade}: {job.job.shape.told()}",
        significant(job.requests),
        _figure(job.footprint.energy_j),
        _figure(job.footprint.carbon_g),
        _figure(job.footprint.cost),
    )


def _figure(figure: Figure) -> str:
    """Value over interval; an interval that falls below zero is shown from 0, its physical end."""
    from modicum.report.numbers import show

    shown = show(figure)
    if shown is None:
        return "unknown"
    unit = shown.unit.replace("CO₂e", "").strip()
    low = "0" if (figure.low or 0.0) < 0 else shown.low
    return f"{shown.value} {unit}" + (f"\n{low}–{shown.high}" if shown.interval else "")


def _notes(found: Discovery, jobs: Sequence[Discovered], say: Callable[[str], None]) -> None:
    from modicum.metering.tokens import SOURCE

    say(f"\nEnergy: {SOURCE}.")
    say("Carbon: the grid of --region, else the world's. Money: what is charged, not electricity.")
    unknown = {job.footprint.cost.reason for job in jobs if not job.footprint.cost.known}
    for reason in sorted(filter(None, unknown)):
        say(f"Money unknown: {reason}")
    for job in jobs:
        if job.job.repeated >= 0.3:
            say(f"{job.name}: {job.fit.why[-1]}")
    best = next((job for job in jobs if job.fit.task), None)
    if best is not None:
        say(f"\nNext: the same command with\n  --write {best.name} --out tasks")
