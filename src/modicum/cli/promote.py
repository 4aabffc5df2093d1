"""`modicum promote`: traffic to the small candidate, in guarded steps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modicum.cli.size import Ledger
from modicum.errors import WatchError

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument

AcceptSlices = Annotated[
    str | None,
    typer.Option(
        "--accept-slices",
        metavar="NAME",
        help="You, by name, accept slices that were not proven; put on record.",
    ),
]


def promote(
    task: Annotated[str, typer.Argument(help="The task's name.", show_default=False)],
    canary: Annotated[str, typer.Option("--canary", help="Share of traffic to begin with.")] = "5%",
    audits: Annotated[
        int, typer.Option("--audits", min=1, help="Audits without an alarm before each step.")
    ] = 100,
    now: Annotated[bool, typer.Option("--now", help="All traffic at once.")] = False,
    back: Annotated[
        bool, typer.Option("--back", help="Take it back: the reference answers everything.")
    ] = False,
    decision: Annotated[
        Path | None,
        typer.Option("--decision", help="The decision's folder, where slices were accepted."),
    ] = None,
    accept_slices: AcceptSlices = None,
    ledger: Ledger = None,
) -> None:
    """Move a task's traffic to its small candidate step by step; an alarm takes it back by itself.

    Running gateways of the same ledger follow within seconds.

    Example: modicum promote question-type --canary 5%
    """
    from modicum.cli.watching import now_ms, opened, watched
    from modicum.ledger.watch_store import MoveRow
    from modicum.watch.promotion import Move, Plan

    share = 1.0 if now else share_of(canary)
    plan = Plan((1.0,), audits) if now else Plan.starting_at(share, audits)
    with opened(ledger) as store:
        (found,) = watched(store, task)
        state = found.state
        if back:
            move = Move("rollback", 0.0, "asked for")
        elif state.alarms:
            raise WatchError(
                f"{task!r} raised an alarm ({state.alarms[0]}): make a new decision with "
                f"`modicum watch {task} --out FOLDER` and `modicum size`"
            )
        elif not state.proven and not found.decision.candidate(state.baseline.candidate).adequate:
            more = state.proof.more_needed
            raise WatchError(
                f"{state.baseline.candidate} is not proven for {task!r}, on the judge split or on "
                "live traffic: go on with `modicum serve --shadow`"
                + (f", for about {more:,} audits more" if more else "")
            )
        else:
            move = plan.start()
            if said := consented(found.decision, decision, accept_slices):
                move = replace(move, reason=f"{move.reason}; {said}")
        row = MoveRow(now_ms(), move.kind, move.share, move.reason, state.last_audit, str(plan))
        store.add_move(found.row.id, row)
    typer.echo(_said(task, move.share, plan))
    if move.share and not state.proven:
        more = state.proof.more_needed
        hint = f"about {more:,} audits more would" if more else "more audits would have to"
        typer.echo(f"Live traffic has not confirmed the decision yet ({hint} show it).")


def consented(document: DecisionDocument, folder: Path | None, name: str | None) -> str:
    """Who accepted the slices that were not proven, in words; "" where all were proven.

    Raises DecisionError where nobody did; WatchError where the folder holds another decision.
    """
    from modicum.decision.consent import accept, accepted, demand, lacking, open_slices
    from modicum.decision.document import read_decision

    if not (wanted := open_slices(document)):
        return ""
    if folder is not None and read_decision(folder).created_at != document.created_at:
        raise WatchError(f"{folder} holds another decision than the one that is watched")
    by: dict[str, str] = {}
    if name is not None and folder is not None:
        accept(folder, document, name, "business")
    elif name is not None:
        by = dict.fromkeys(lacking(document, None), name.strip())
        if not name.strip():
            raise WatchError("--accept-slices needs the name of who accepts: give it")
    if folder is not None:
        by |= {part: line.name for part, line in accepted(folder).items()}
    if not by.keys() >= set(wanted):
        cure = "let who answers for it say so, with --accept-slices NAME, or name with --decision "
        demand(document, folder, cure + "the folder where it was accepted")
    return ", ".join(f"{by[part]} accepts {part}" for part in wanted)


def share_of(text: str) -> float:
    """A share from "5%" or "0.05"; raises WatchError.

    >>> share_of("5%"), share_of("0.25")
    (0.05, 0.25)
    """
    try:
        number = float(text.strip().removesuffix("%")) / (100 if "%" in text else 1)
    except ValueError:
        number = -1.0
    if not 0 < number <= 1:
        raise WatchError(f"a canary of {text!r}: give a share such as 5% or 0.05")
    return number


def _said(task: str, share: float, plan: object) -> str:
    from modicum.watch.promotion import Plan

    if share <= 0:
        return f"{task}: the reference answers everything from now on."
    if share >= 1:
        return f"{task}: the small candidate answers everything; audits go on, an alarm takes back."
    assert isinstance(plan, Plan)  # noqa: S101 (ours)
    steps = ", ".join(f"{s:.0%}" for s in plan.steps)
    return f"{task}: steps {steps}, each after {plan.audits} audits without an alarm."
