"""`modicum status`: each watched task in one line."""

from __future__ import annotations

import json as _json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modicum.cli.size import Ledger

if TYPE_CHECKING:
    from modicum.cli.watching import Watched
    from modicum.decision.document import DecisionDocument
    from modicum.watch.proof import LiveProof


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
    from modicum.watch.summary import beside, evidence, staleness, traffic

    state = watched.state
    parts = [evidence(state), saving(watched), traffic(state)]
    if state.others:
        parts.append(f"beside it {beside(state)}")
    if (name := smallest_proven(watched)) not in (None, watched.decision.recommended):
        again = f"`modicum watch {watched.row.task} --out FOLDER`, then `modicum size`"
        saved = saved_by(watched.decision, name) or "an unknown amount"
        parts.append(f"smallest proven live: {name}, would save {saved}; to take it: {again}")
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
    saved = saved_by(watched.decision, watched.decision.recommended)
    return "saving unknown" if saved is None else f"{word} {saved}"


def saved_by(decision: DecisionDocument, name: str) -> str | None:
    """Energy that a candidate uses less than the reference, in words; None where unknown."""
    from modicum.report.numbers import show

    small = decision.candidate(name).footprint
    big = decision.candidate(decision.reference).footprint
    if small is None or big is None:
        return None
    told = show(big.energy_j.figure() - small.energy_j.figure(), 1e6)
    return None if told is None else f"{told} a million requests"


def smallest_proven(watched: Watched) -> str | None:
    """The candidate of least energy that live traffic proved; None where it proved none."""
    state, decision = watched.state, watched.decision
    found = [decision.recommended] if state.proven else []
    found += [name for name, proof in state.others.items() if proof.proven]
    used = {c.name: c.footprint.energy_j.value for c in decision.candidates
            if c.name in found and c.footprint is not None}  # fmt: skip
    known = {name: value for name, value in used.items() if value is not None}
    return min(known, key=known.__getitem__, default=None)


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
        "others": {name: _plain_other(proof) for name, proof in state.others.items()},
        "smallest_proven": smallest_proven(watched),
        "alarms": [str(alarm) for alarm in state.alarms],
        "stale": [str(change) for change in state.changes],
        "saving_per_month": None if month is None else month.energy.model_dump(),
    }


def _plain_other(proof: LiveProof) -> dict[str, Any]:
    return {
        "proven": proof.proven,
        "audits": proof.audits,
        "disagreement": proof.rate,
        "limit": proof.limit,
        "more_audits_needed": proof.more_needed,
    }
