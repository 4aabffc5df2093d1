"""Closing a period, and saying so when its figures change afterwards.

A closed period is a run of the kind `inventory` in the ledger, with its figures and the digests of
the files it was made from.  Closing it again is a restatement and needs its reason; both stay on
record.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from modicum.errors import DataError
from modicum.figures import Figure
from modicum.inventory.statement import Statement
from modicum.ledger import Ledger, Run

KIND = "inventory"
TOTAL = "total"
_QUANTITIES = ("energy_kwh", "carbon_kg", "carbon_market_kg", "water_l")


@dataclass(frozen=True)
class Closed:
    """A closed period as it is on record."""

    run: Run
    energy_kwh: Figure
    carbon_kg: Figure
    requests: float | None
    files: dict[str, str]
    reason: str | None


@dataclass(frozen=True)
class Change:
    """A quantity of a closed period that is different now."""

    quantity: str
    was: Figure
    now: Figure


def close(ledger: Ledger, statement: Statement, restate: str | None = None) -> Closed:
    """Put a period on record; raises DataError where it is closed and no reason is given."""
    before = closed(ledger, statement.period)
    if before is not None and not restate:
        different = changes(before, statement)
        what = ", ".join(c.quantity for c in different) or "nothing"
        raise DataError(
            f"{statement.period} was closed on {before.run.started_at[:10]} ({what} changed "
            "since): to restate it, give the reason with --restate"
        )
    run_id = ledger.start_run(KIND, statement.period)
    rows = [(TOTAL, name, getattr(statement, name)) for name in _QUANTITIES]
    for line in statement.lines:
        if line.energy_kwh is not None and line.carbon_kg is not None:
            subject = "/".join((line.unit, line.scope, line.provider, line.model))
            rows += [
                (subject, "energy_kwh", line.energy_kwh),
                (subject, "carbon_kg", line.carbon_kg),
            ]
    ledger.add_figures(run_id, rows)
    detail = {
        "files": {loaded.path.name: loaded.sha256 for loaded in statement.files},
        "requests": statement.requests,
        "reason": restate if before is not None else None,
    }
    ledger.add_event(run_id, "finished", json.dumps(detail))
    found = closed(ledger, statement.period)
    if found is None:
        raise DataError(f"{statement.period} was written and cannot be read back from the ledger")
    return found


def closed(ledger: Ledger, period: str) -> Closed | None:
    """The newest statement on record of a period, None where it is open."""
    for run in ledger.runs_of(KIND, period):
        if run.status == "finished":
            return _closed(ledger, run)
    return None


def closed_years(ledger: Ledger) -> dict[str, Closed]:
    """Every closed year, by year, oldest first."""
    found: dict[str, Closed] = {}
    for run in ledger.runs_of(KIND):
        if len(run.name) == 4 and run.name not in found and run.status == "finished":
            found[run.name] = _closed(ledger, run)
    return dict(sorted(found.items()))


def changes(before: Closed, now: Statement) -> list[Change]:
    """Which totals differ from what is on record by more than rounding."""
    pairs = (
        ("energy_kwh", before.energy_kwh, now.energy_kwh),
        ("carbon_kg", before.carbon_kg, now.carbon_kg),
    )
    return [Change(name, was, new) for name, was, new in pairs if not _same(was, new)]


def changed_files(before: Closed, now: Statement) -> list[str]:
    """Names of files that are new, gone, or of other content than when the period was closed."""
    current = {loaded.path.name: loaded.sha256 for loaded in now.files}
    names = dict.fromkeys((*before.files, *current))
    return [name for name in names if before.files.get(name) != current.get(name)]


def _same(one: Figure, other: Figure) -> bool:
    if one.value is None or other.value is None:
        return one.value is other.value
    return abs(one.value - other.value) <= 1e-9 * max(abs(one.value), abs(other.value))


def _closed(ledger: Ledger, run: Run) -> Closed:
    detail = json.loads(run.detail)
    figures = [ledger.figure(run.id, TOTAL, name) for name in ("energy_kwh", "carbon_kg")]
    energy, carbon = (f or Figure.unknown("kWh", "not on record") for f in figures)
    return Closed(run, energy, carbon, detail["requests"], detail["files"], detail["reason"])
