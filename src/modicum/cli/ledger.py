"""`modicum ledger`: the runs on record."""

from __future__ import annotations

import json as _json
from dataclasses import asdict
from typing import Annotated

import typer

from modicum.cli.size import Ledger


def ledger(
    ledger: Ledger = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, newest first.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the runs on record, newest first.

    Example: modicum ledger --limit 5
    """
    from modicum.ledger import open_ledger

    book = open_ledger(ledger)
    try:
        runs = book.runs(limit)
    finally:
        book.close()
    if json:
        typer.echo(_json.dumps([asdict(run) for run in runs], indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("started", "kind", "name", "status", "energy", "detail", box=None, pad_edge=False)
    for run in runs:
        energy = "unknown" if run.energy_j is None else f"{run.energy_j:,.1f} J"
        row = (run.started_at[:19].replace("T", " "), run.kind, run.name, run.status, energy)
        table.add_row(*row, run.detail)
    Console().print(table if runs else "No runs yet: try `modicum size TASK.toml`.")
