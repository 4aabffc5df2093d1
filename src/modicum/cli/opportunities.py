"""`modicum opportunities`: the ledger read for what to improve."""

from __future__ import annotations

import json as _json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from modicum.cli.size import Ledger
from modicum.errors import DataError

if TYPE_CHECKING:
    from modicum.opportunities.find import By

_ORDERS = ("energy", "carbon", "money")


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
    lang: Annotated[str, typer.Option("--lang", help="en or de.")] = "en",
) -> None:
    """Rank what could be improved by what it would save, with interval and effort.

    Looks for tasks still on the big model, oversized context, duplicate prompts, retries, idle
    machines, jobs that could wait, and models that nobody audits.  What it cannot look at it says.

    Example: modicum opportunities --since 30d --by carbon
    """
    from modicum.cli.opportunities_given import handed_in
    from modicum.cli.opportunities_screen import show_found
    from modicum.ledger import open_ledger
    from modicum.opportunities import as_data, find_opportunities, see
    from modicum.report.language import language

    if by not in _ORDERS:
        raise DataError(f"--by {by!r} is not known: give {', '.join(_ORDERS)}")
    say = language(lang)
    more = handed_in(log or [], exports or [], grid_hours, region)
    more["can_wait"] = frozenset(can_wait or ())
    book = open_ledger(ledger)
    try:
        seen = see(book, day_of(since), **more)
    finally:
        book.close()
    chosen = {"finders": finders} if finders else {}
    found = find_opportunities(seen, cast("By", by), **chosen)
    if json:
        typer.echo(_json.dumps(as_data(found, say), indent=2, ensure_ascii=False))
    else:
        show_found(found, show, _ORDERS.index(by), say)


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
