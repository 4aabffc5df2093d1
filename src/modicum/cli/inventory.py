"""`modicum inventory`: last year's footprint from what a company already has."""

from __future__ import annotations

import csv
import io
import json as _json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modicum.cli.size import Ledger

if TYPE_CHECKING:
    from modicum.figures import Figure
    from modicum.inventory.statement import Line, Statement

_FIGURES = ("energy_kwh", "carbon_kg", "carbon_market_kg", "water_l")
_SHOWN_ROWS, _SHOWN_FAULTS = 30, 10


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(inventory)


def inventory(
    files: Annotated[
        list[Path], typer.Argument(help="Export files, or folders of them.", show_default=False)
    ],
    period: Annotated[
        str | None,
        typer.Option("--period", help="A year (2025) or month (2025-03).  [the last whole year]"),
    ] = None,
    region: Annotated[
        str | None, typer.Option("--region", help="Of own machines, and where a row names none.")
    ] = None,
    supplier: Annotated[
        Path | None,
        typer.Option(
            "--supplier",
            help="Suppliers' own factors: csv with provider, model, j_per_token_in, "
            "j_per_token_out, source.",
        ),
    ] = None,
    supplier_g_per_kwh: Annotated[
        float | None,
        typer.Option("--supplier-g-per-kwh", help="Of your electricity contract (market-based)."),
    ] = None,
    close: Annotated[
        bool, typer.Option("--close", help="Put the period on record in the ledger.")
    ] = False,
    restate: Annotated[
        str | None, typer.Option("--restate", help="Close a closed period again, with this reason.")
    ] = None,
    ledger: Ledger = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the table as csv.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Say what AI used over a period, from usage and billing exports, meters and hours.

    Understands exports of OpenAI, Anthropic, Azure, Bedrock (CUR), Vertex AI, FOCUS 1.x, instance
    hours (date, instance_type, hours, watts) and own meters (date, kwh).  What is told twice
    counts once.

    Example: modicum inventory exports/ --period 2025 --region DE --close
    """
    from modicum.inventory.energy import read_suppliers
    from modicum.inventory.load import load_exports
    from modicum.inventory.statement import folder_files
    from modicum.inventory.statement import inventory as make

    loaded = load_exports(folder_files(files))
    statement = make(
        loaded,
        period or _last_year(),
        suppliers=read_suppliers(supplier) if supplier else None,
        region=region,
        supplier_g_per_kwh=supplier_g_per_kwh,
    )
    record = _on_record(statement, ledger, close=close or restate is not None, restate=restate)
    if json:
        typer.echo(_json.dumps(plain(statement) | {"record": record}, indent=2))
    elif as_csv:
        typer.echo(_as_csv(statement), nl=False)
    else:
        _show(statement, record)


def _last_year() -> str:
    from datetime import UTC, datetime

    return str(datetime.now(UTC).year - 1)


def _on_record(
    statement: Statement, ledger: str | None, *, close: bool, restate: str | None
) -> dict[str, Any]:
    """What the ledger says of this period, after closing it if that was asked."""
    from modicum.inventory import periods
    from modicum.ledger import open_ledger

    book = open_ledger(ledger)
    try:
        before = periods.closed(book, statement.period)
        found: dict[str, Any] = {"closed": None, "changes": [], "files_changed": []}
        if before is not None:
            found["changes"] = [
                {"quantity": c.quantity, "was": c.was.to_dict(), "now": c.now.to_dict()}
                for c in periods.changes(before, statement)
            ]
            found["files_changed"] = periods.changed_files(before, statement)
            found["closed"] = before.run.started_at
        if close:
            made = periods.close(book, statement, restate)
            found["closed"], found["reason"] = made.run.started_at, made.reason
        return found
    finally:
        book.close()


def plain(statement: Statement) -> dict[str, Any]:
    """The statement as plain data."""
    return {
        "period": statement.period,
        "total": {name: getattr(statement, name).to_dict() for name in _FIGURES}
        | {"cost": _money(statement.cost), "requests": statement.requests},
        "coverage": [
            {"currency": c.currency, "spend": c.spend, "covered": c.covered, "share": c.share}
            for c in statement.coverage
        ],
        "lines": [_plain_line(line) for line in statement.lines],
        "counted_once": dict(statement.twice),
        "files": [
            {
                "file": str(loaded.path),
                "export": loaded.export,
                "sha256": loaded.sha256,
                "rows": len(loaded.usages),
                "not_about_ai": loaded.ignored,
                "malformed": [{"line": n, "reason": why} for n, why in loaded.malformed],
            }
            for loaded in statement.files
        ],
    }


def _plain_line(line: Line) -> dict[str, Any]:
    names = ("unit", "scope", "provider", "model", "months", "requests")
    tokens = ("tokens_in", "tokens_cached", "tokens_out")
    figures: dict[str, Figure | None] = {name: getattr(line, name) for name in _FIGURES}
    return (
        {name: getattr(line, name) for name in (*names, *tokens)}
        | {name: figure.to_dict() if figure else None for name, figure in figures.items()}
        | {"cost": _money(line.cost)}
    )


def _money(cost: Mapping[str, float]) -> dict[str, Any]:
    """What was charged, by currency: a bill is exact."""
    from modicum.figures import Figure

    return {
        currency: Figure.exact(
            amount, currency, basis="reported", source="the exports", boundary="as charged"
        ).to_dict()
        for currency, amount in cost.items()
    }


def _as_csv(statement: Statement) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = ["period", "unit", "scope", "provider", "model", "months", "requests"]
    head += ["tokens_in", "tokens_cached", "tokens_out"]
    for name in _FIGURES:
        head += [name, f"{name}_low", f"{name}_high", f"{name}_basis", f"{name}_note"]
    writer.writerow([*head, "cost", "currency"])
    for line in statement.lines:
        row = [statement.period, line.unit, line.scope, line.provider, line.model, line.months]
        row += [line.requests, line.tokens_in, line.tokens_cached, line.tokens_out]
        for name in _FIGURES:
            figure = getattr(line, name)
            if figure is None:
                row += [None, None, None, None, "counted by the usage export"]
            else:
                row += [figure.value, figure.low, figure.high, figure.basis]
                row.append(figure.reason or figure.source)
        costs: list[tuple[str, float | None]] = [*line.cost.items()] or [("", None)]
        for currency, amount in costs:
            writer.writerow([*row, amount, currency])
            row = [*row[:5], *([None] * (len(row) - 5))]  # a second currency has no second energy
    return text.getvalue()


def _show(statement: Statement, record: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table("unit", "scope", "model", box=None, pad_edge=False, header_style="bold")
    for name in ("energy", "carbon", "cost"):
        table.add_column(name, justify="right", no_wrap=True)
    lines = sorted(statement.lines, key=_largest_first)
    for line in lines[:_SHOWN_ROWS]:
        cost = ", ".join(f"{amount:,.0f} {currency}" for currency, amount in line.cost.items())
        table.add_row(
            line.unit[:22],
            line.scope,
            f"{line.provider} {line.model}"[:30],
            _value(line.energy_kwh),
            _value(line.carbon_kg),
            cost,
        )
    console.print(table)
    if len(lines) > _SHOWN_ROWS:
        console.print(f"... and {len(lines) - _SHOWN_ROWS} smaller lines (--csv prints all)")
    from modicum.report.terminal import figure_line

    console.print(f"\n{statement.period}, all together", style="bold", highlight=False)
    names = ("energy", "carbon (location)", "carbon (market)", "water")
    for name, key in zip(names, _FIGURES, strict=True):
        console.print(f"  {name:18} {figure_line(getattr(statement, key))}", highlight=False)
    for one in statement.coverage:
        share = "" if one.share is None else f": {one.share:.1%} of the spend has a known energy"
        console.print(f"  {one.spend:,.2f} {one.currency}{share}", highlight=False)
    _notes(console, statement, record)


def _largest_first(line: Line) -> tuple[bool, float]:
    energy = line.energy_kwh.value if line.energy_kwh else None
    return energy is None, -(energy or 0.0)


def _value(figure: Figure | None) -> str:
    from modicum.report.numbers import show

    if figure is None:
        return "counted above"
    shown = show(figure)
    return f"{shown.value} {shown.unit}" if shown else "unknown"


def _notes(console: Any, statement: Statement, record: dict[str, Any]) -> None:
    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False)

    for rule, rows in statement.twice.items():
        if rows:
            say(f"  {rows} rows counted once: {rule}")
    for loaded in statement.files:
        for number, why in loaded.malformed[:_SHOWN_FAULTS]:
            say(f"  {loaded.path.name} line {number} was left out: {why}")
        if len(loaded.malformed) > _SHOWN_FAULTS:
            say(f"  {loaded.path.name}: {len(loaded.malformed)} malformed rows in all (--json)")
    for change in record["changes"]:
        say(
            f"  closed with {change['was']['value']:.6g}, now {change['now']['value']:.6g} "
            f"{change['now']['unit']} ({change['quantity']})"
        )
    if record["closed"]:
        say(f"  on record, closed {record['closed'][:16].replace('T', ' ')}")
