"""`modicum opportunities`: the ledger read for what to improve."""

from __future__ import annotations

import json as _json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from modicum.cli.size import Ledger
from modicum.errors import DataError

if TYPE_CHECKING:
    from modicum.figures import Figure
    from modicum.opportunities import Found, Opportunity
    from modicum.opportunities.find import By

_ORDERS = ("energy", "carbon", "money")
_NAMES = {"energy_j": "energy", "carbon_g": "carbon", "cost": "money"}


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(opportunities)


def opportunities(
    ledger: Ledger = None,
    since: Annotated[
        str | None, typer.Option("--since", help="A day (2026-10-01) or a length (30d).  [all]")
    ] = None,
    by: Annotated[str, typer.Option("--by", help="Order: energy, carbon or money.")] = "energy",
    finders: Annotated[
        list[str] | None, typer.Option("--finder", help="Only this one; repeat.  [all]")
    ] = None,
    log: Annotated[
        list[Path] | None, typer.Option("--log", help="A request log, as `discover` reads.")
    ] = None,
    exports: Annotated[
        list[Path] | None,
        typer.Option("--exports", help="Own meters and instance hours, as `inventory` reads."),
    ] = None,
    grid_hours: Annotated[
        Path | None, typer.Option("--grid-hours", help="csv of a time (UTC) and g/kWh.")
    ] = None,
    can_wait: Annotated[
        list[str] | None, typer.Option("--can-wait", help="A task that may wait; repeat.")
    ] = None,
    region: Annotated[
        str | None, typer.Option("--region", help="Of own machines: ISO country.  [world]")
    ] = None,
    show: Annotated[int, typer.Option("--show", min=1, help="How many to list.")] = 10,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Rank what could be improved by what it would save, with interval and effort.

    Looks for tasks still on the big model, oversized context, duplicate prompts, retries, idle
    machines, jobs that could wait, and models that nobody audits.  What it cannot look at it says.

    Example: modicum opportunities --since 30d --by carbon
    """
    from modicum.opportunities import find_opportunities, see

    if by not in _ORDERS:
        raise DataError(f"--by {by!r} is not known: give {', '.join(_ORDERS)}")
    from modicum.ledger import open_ledger

    more = _handed_in(log or [], exports or [], grid_hours, region)
    more["can_wait"] = frozenset(can_wait or ())
    book = open_ledger(ledger)
    try:
        seen = see(book, day_of(since), **more)
    finally:
        book.close()
    chosen = {"finders": finders} if finders else {}
    found = find_opportunities(seen, cast("By", by), **chosen)
    if json:
        typer.echo(_json.dumps(found.to_dict(), indent=2))
    else:
        _show(found, show, _ORDERS.index(by))


def day_of(text: str | None, today: date | None = None) -> int | None:
    """Days since 1970 of a date, or of so many days ago; raises DataError.

    >>> day_of("1970-01-31"), day_of("2d", date(1970, 1, 10))
    (30, 7)
    """
    if text is None:
        return None
    epoch = date(1970, 1, 1)
    now = today or datetime.now(UTC).date()
    if text.endswith("d") and text[:-1].isdigit():
        return (now - epoch).days - int(text[:-1])
    try:
        return (date.fromisoformat(text) - epoch).days
    except ValueError:
        raise DataError(
            f"--since {text!r}: give a day such as 2026-10-01, or a length such as 30d"
        ) from None


def _handed_in(
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


def _show(found: Found, most: int, by: int) -> None:
    from textwrap import fill

    from rich.console import Console

    from modicum.report.terminal import plain

    console = Console(highlight=False)

    def say(text: str, style: str = "", indent: int = 0) -> None:
        text = plain(text)  # names come from callers
        for line in fill(text, console.width, subsequent_indent=" " * indent).splitlines():
            console.print(line, style=style, markup=False)

    say(_head(found), "bold")
    for number, one in enumerate(found.opportunities[:most], start=1):
        console.print()
        say(f"{number}. {one.subject}: {one.todo}", "bold", 3)
        for line in _lines(one, by):
            say(f"   {line}", indent=10)
    left = len(found.opportunities) - most
    if left > 0:
        say(f"... and {left} more (--show {len(found.opportunities)})")
    if found.not_looked:
        console.print()
        say("Not looked at", "bold")
        for none in found.not_looked:
            say(f"   {none.finder}: {none.why}", indent=6)


def _head(found: Found) -> str:
    if not found.requests:
        return "The ledger holds no answered request of this period."
    head = f"{found.requests:,} requests in {found.days:.3g} days; figures of {_of(found.of)}."
    if not found.opportunities:
        head += " Nothing to improve was found where it could be looked."
    return head


def _of(name: str) -> str:
    return "a month" if name == "month" else name


def _lines(one: Opportunity, by: int) -> list[str]:
    """Saving first in the order asked for, then effort, step and assumptions."""
    figures = list(zip(_NAMES.values(), one.saving.figures, strict=True))
    figures.insert(0, figures.pop(by))
    known = [f"{name} {_value(figure)}" for name, figure in figures if figure.known]
    stake = list(zip(_NAMES.values(), one.at_stake.figures, strict=True))
    if known:
        lines = [f"saves  {known[0]}", *(f"       {text}" for text in known[1:])]
    else:
        lines = [f"saving unknown: {figures[0][1].reason}"]
        lines += [f"uses   {name} {_value(f)}" for name, f in stake[by : by + 1] if f.known]
    lines.append(f"effort {one.effort}; next: {one.step}")
    return lines + [f"taken for granted: {text}" for text in one.assumptions]


def _value(figure: Figure) -> str:
    from modicum.report.numbers import show
    from modicum.report.terminal import plain

    return f"{plain(str(show(figure)))}, {figure.basis}"
