"""`modicum status`: each watched task in one line."""

from __future__ import annotations

import json as _json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modicum.cli.size import Ledger

if TYPE_CHECKING:
    from modicum.cli.watching import Watched


def status(
    task: Annotated[
        str | None, typer.Argument(help="One task; every one otherwise.", show_default=False)
    ] = None,
    ledger: Ledger = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say of each served task what is proven, what it saves, and how much evidence is missing.

    Example: modicum status
    """
    from modicum.cli.watching import opened, watched

    with opened(ledger) as store:
        found = watched(store, task)
    if json:
        typer.echo(_json.dumps([plain(each) for each in found], indent=2))
        return
    if not found:
        typer.echo("Nothing is watched yet: try `modicum serve modicum-runs/NAME --shadow`.")
    for each in found:
        typer.echo(line(each))


def line(watched: Watched) -> str:
    """The task in one line."""
    from modicum.watch.summary import evidence, staleness, traffic

    state = watched.state
    parts = [evidence(state), saving(watched), traffic(state)]
    stale = staleness(state)
    if stale:
        parts.append(f"stale, check again: {stale}")
    return f"{watched.row.task}: {watched.decision.recommended}, {'; '.join(parts)}"


def saving(watched: Watched) -> str:
    """What the candidate saves, or would save, in energy."""
    from modicum.report.numbers import show

    month = watched.decision.saving_per_month
    word = "saves" if (watched.state.share or 0.0) >= 1 else "would save"
    if month is not None and (told := show(month.energy)) is not None:
        return f"{word} {told} a month"
    small = watched.decision.candidate(watched.decision.recommended).footprint
    big = watched.decision.candidate(watched.decision.reference).footprint
    if small is not None and big is not None:
        saved = big.energy_j.figure() - small.energy_j.figure()
        if (told := show(saved, 1e6)) is not None:
            return f"{word} {told} a million requests"
    return "saving unknown"


def plain(watched: Watched) -> dict[str, Any]:
    """The same as data."""
    from modicum.watch.summary import evidence, traffic

    state, month = watched.state, watched.decision.saving_per_month
    return {
        "task": watched.row.task,
        "candidate": watched.decision.recommended,
        "reference": watched.decision.reference,
        "evidence": evidence(state),
        "proven": state.proven,
        "audits": state.audits,
        "disagreement": state.watch.rate(),
        "bound": state.baseline.bound,
        "limit": state.baseline.limit,
        "more_audits_needed": state.proof.more_needed,
        "share": state.share,
        "traffic": traffic(state),
        "alarms": [str(alarm) for alarm in state.alarms],
        "stale": [str(change) for change in state.changes],
        "saving_per_month": None if month is None else month.energy.model_dump(),
    }
