"""`modicum ledger`: the runs on record."""

from __future__ import annotations

import json as _json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modicum.cli.size import Ledger

if TYPE_CHECKING:
    from modicum.ledger import Run


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


def _plain(run: Run) -> dict[str, Any]:
    return vars(run) | {"energy_j": run.energy_j.to_dict() if run.energy_j else None}


def _energy(run: Run) -> str:
    from modicum.report.terminal import figure_line

    return "not recorded" if run.energy_j is None else figure_line(run.energy_j)
