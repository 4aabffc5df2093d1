"""`modicum progress`: from a baseline towards a target, and what moved it."""

from __future__ import annotations

import json as _json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modicum.cli.size import Ledger
from modicum.errors import DataError

if TYPE_CHECKING:
    from modicum.inventory.track import Progress, Stated, Target

BEHIND = 3
"""Exit code with --check where the latest year is above the line to the target."""


_EFFECTS = ("volume", "efficiency", "grid", "change")
_CAUSES = {
    "volume": "more or fewer requests",
    "efficiency": "energy per request: right-sizing",
    "grid": "carbon per kWh",
}


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(progress)


def progress(
    years: Annotated[
        Path | None,
        typer.Option(
            "--years",
            help="A csv with year, energy_kwh, carbon_kg, requests, avoided_kg; by default the "
            "years closed in the ledger.",
        ),
    ] = None,
    baseline: Annotated[
        int | None, typer.Option("--baseline", help="The baseline year.  [the first]")
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", help="As 50%-by-2030, below the baseline.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="End with exit code 3 where the target is missed.")
    ] = False,
    ledger: Ledger = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show carbon over the years, against a target, and what volume, efficiency and grid did.

    Example: modicum progress --baseline 2024 --target 50%-by-2030
    """
    from modicum.inventory.track import read_years, track

    stated = read_years(years) if years else _closed(ledger)
    found = track(stated, baseline, _target(target))
    if json:
        typer.echo(_json.dumps(plain(found), indent=2))
    else:
        _show(found)
    if check and found.on_track is not True:
        raise typer.Exit(BEHIND)


def _closed(ledger: str | None) -> list[Stated]:
    from modicum.inventory.periods import closed_years
    from modicum.inventory.track import from_ledger
    from modicum.ledger import open_ledger

    book = open_ledger(ledger)
    try:
        return from_ledger(closed_years(book))
    finally:
        book.close()


def _target(text: str | None) -> Target | None:
    from modicum.inventory.track import Target

    if text is None:
        return None
    found = re.fullmatch(r"-?(\d+(?:\.\d+)?)%[- ]?by[- ]?(\d{4})", text.strip())
    if not found or not 0 < float(found[1]) <= 100:
        raise DataError(f"--target is {text!r}: give it as 50%-by-2030")
    return Target(float(found[1]) / 100, int(found[2]))


def plain(found: Progress) -> dict[str, Any]:
    """Everything as plain data."""
    target = found.target
    moved = found.effects
    return {
        "baseline": found.baseline.year,
        "latest": found.latest.year,
        "years": [
            {
                "year": y.year,
                "energy_kwh": y.energy_kwh.to_dict(),
                "carbon_kg": y.carbon_kg.to_dict(),
                "requests": y.requests,
                "carbon_g_per_request": (f.to_dict() if (f := y.per_request_g()) else None),
                "allowed_kg": (
                    target.allowed(found.baseline, y.year).to_dict()
                    if target and y.year >= found.baseline.year
                    else None
                ),
            }
            for y in found.years
        ],
        "target": {"cut": target.cut, "year": target.year} if target else None,
        "on_track": found.on_track,
        "effects": ({name: getattr(moved, name).to_dict() for name in _EFFECTS} if moved else None),
        "why_no_effects": found.why_not,
        "rebound": moved.rebound.to_dict() if moved else None,
        "net_kg": net.to_dict() if (net := found.net_kg) else None,
    }


def _show(found: Progress) -> None:
    from rich.console import Console
    from rich.table import Table

    from modicum.report.terminal import figure_line

    console = Console()
    table = Table("year", box=None, pad_edge=False, header_style="bold")
    for name in ("energy", "carbon", "per request", "line to the target"):
        table.add_column(name, justify="right")
    for y in found.years:
        per = y.per_request_g()
        allowed = found.target and y.year >= found.baseline.year
        table.add_row(
            str(y.year) + (" (baseline)" if y.year == found.baseline.year else ""),
            _value(y.energy_kwh),
            _value(y.carbon_kg),
            _value(per) if per else "unknown",
            _value(found.target.allowed(found.baseline, y.year))
            if found.target and allowed
            else "",
        )
    console.print(table)

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False)

    moved = found.effects
    if moved is None:
        say(f"What moved it cannot be said: {found.why_not}.")
    else:
        say(f"\nFrom {found.baseline.year} to {found.latest.year}: {figure_line(moved.change)}")
        say("made of (below 0 is saved)")
        for name, what in _CAUSES.items():
            say(f"  {name:12}{figure_line(getattr(moved, name))}")
            say(f"  {'':12}{what}")
        if moved.rebound.known:
            say("  rebound     the share of what efficiency and grid saved that growth ate:")
            say(f"  {'':12}{figure_line(moved.rebound)}")
    if (net := found.net_kg) is not None:
        say(f"  net of the work avoided: {figure_line(net)}")
    if found.on_track is not None and found.target is not None:
        word = "on track" if found.on_track else "behind"
        say(f"Target {found.target.cut:.0%} less by {found.target.year}: {word}.")


def _value(figure: Any) -> str:
    from modicum.report.numbers import show

    shown = show(figure)
    return f"{shown.value} {shown.unit}" if shown else "unknown"
