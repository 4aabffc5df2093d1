"""`modicum ledger`: the runs on record, and the erasure of texts that were kept of requests."""

from __future__ import annotations

import json as _json
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modicum.cli.size import Ledger
from modicum.errors import LedgerError

if TYPE_CHECKING:
    from modicum.ledger import Run


app = typer.Typer(invoke_without_command=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback()
def runs(
    context: typer.Context,
    ledger: Ledger = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, newest first.")] = 20,
    json: Json = False,
) -> None:
    """List the runs on record, newest first.

    Example: modicum ledger --limit 5
    """
    from modicum.ledger import open_ledger

    if context.invoked_subcommand is not None:
        return

    book = open_ledger(ledger)
    try:
        runs = book.runs(limit)
    finally:
        book.close()
    if json:
        typer.echo(_json.dumps([_plain(run) for run in runs], indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("started", "kind", "name", "status", "energy", "detail", box=None, pad_edge=False)
    for run in runs:
        energy = _energy(run)
        row = (run.started_at[:19].replace("T", " "), run.kind, run.name, run.status, energy)
        table.add_row(*row, run.detail)
    Console().print(table if runs else "No runs yet: try `modicum size TASK.toml`.")


@app.command()
def erase(
    user: Annotated[
        str | None,
        typer.Option("--user", metavar="ID", help="All texts of this user, as requests named it."),
    ] = None,
    expired: Annotated[
        bool, typer.Option("--expired", help="Stored prompts whose time is over.")
    ] = False,
    ledger: Ledger = None,
    json: Json = False,
) -> None:
    """Erase what was kept of requests' texts; figures and counts stay.

    Running gateways erase expired prompts by themselves, once a minute.

    Example: modicum ledger erase --user customer-17
    """
    from modicum.ledger import open_ledger
    from modicum.ledger.text_store import TextStore
    from modicum.ledger.watch_store import WatchStore

    if bool(user) == expired:
        raise LedgerError("erase needs to know what: give either --user ID or --expired")
    book = open_ledger(ledger)
    try:
        texts = TextStore(book.engine)
        if user:
            audits = WatchStore(book.engine).erase_texts(user=user[:255])
            found = {"prompts": texts.erase(user=user), "audits": audits}
        else:
            found = {"prompts": texts.erase(expired=time.time_ns() // 1_000_000), "audits": 0}
    finally:
        book.close()
    if json:
        typer.echo(_json.dumps(found))
        return
    of = f"of user {user}" if user else "whose time is over"
    typer.echo(f"Erased {found['prompts']:,} prompts and {found['audits']:,} audited texts {of}.")


def _plain(run: Run) -> dict[str, Any]:
    return vars(run) | {"energy_j": run.energy_j.to_dict() if run.energy_j else None}


def _energy(run: Run) -> str:
    from modicum.report.terminal import figure_line

    return "not recorded" if run.energy_j is None else figure_line(run.energy_j)
