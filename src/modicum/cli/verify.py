"""`modicum verify` and `modicum approve`: whether a decision holds, and who stands by it."""

from __future__ import annotations

import json as _json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from modicum.cli.size import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modicum.decision.approvals import Kind, Role
    from modicum.study.verify import Verification

DOES_NOT_HOLD = 3
"""Exit code of `verify` where something does not hold."""
_SHOWN = 20

Folder = Annotated[Path, typer.Argument(help="What `modicum size` wrote.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(verify)
    app.command()(approve)


def verify(
    folder: Folder,
    task: Annotated[
        Path | None,
        typer.Option("--task", help="The task file: data and split are fingerprinted anew."),
    ] = None,
    ledger: Ledger = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make every number of a decision again from its evidence, and say what does not hold.

    Exit code 0 where all holds, 3 where something does not or only another version could say.
    With --ledger the decision is also compared with the copy on record.

    Example: modicum verify modicum-runs/question-type
    """
    from modicum.study.verify import verify as check
    from modicum.tasks import load_task

    recorded = _on_record(folder, ledger) if ledger else None
    found = check(folder, recorded, load_task(task) if task else None)
    if json:
        faults = [{"where": f.where, "says": f.says, "gives": f.gives} for f in found.faults]
        plain = {"holds": found.holds, "checked": found.checked, "faults": faults}
        plain["decided_by_another_version"] = found.elsewhen
        plain["cannot_be_made_again"] = [f.where for f in found.unmade]
        typer.echo(_json.dumps(plain, indent=2))
    elif found.holds:
        typer.echo(f"The decision holds: {found.checked:,} entries made again from the evidence.")
    else:
        for fault in found.faults[:_SHOWN]:
            typer.echo(str(fault))
        more = len(found.faults) - _SHOWN
        if more > 0:
            typer.echo(f"... and {more} more (--json prints all)")
        for line in _verdict(found):
            typer.echo(line)
    if not found.holds:
        raise typer.Exit(DOES_NOT_HOLD)


def _verdict(found: Verification) -> Iterator[str]:
    """What does not hold, and what nobody but an older version can say."""
    other = f"another version ({found.elsewhen})"
    if found.faults:
        yield f"The decision does not hold: {len(found.faults)} of {found.checked:,} entries."
        if found.elsewhen:
            yield f"It was decided by {other}: only that one makes numbers of older rules again."
    if found.unmade:
        rest = "" if found.faults else "; all others hold"
        yield (
            f"{len(found.unmade)} of {found.checked:,} entries cannot be made again by this "
            f"version: they follow from how {other} shared the error rate{rest}."
        )


def _on_record(folder: Path, ledger: str) -> str:
    from modicum.decision.document import read_decision
    from modicum.errors import LedgerError
    from modicum.ledger import open_ledger

    wanted = read_decision(folder)
    book = open_ledger(ledger)
    try:
        for text in book.decisions(wanted.task.name):
            if _json.loads(text).get("created_at") == wanted.created_at:
                return text
    finally:
        book.close()
    raise LedgerError(
        f"the ledger has no decision on {wanted.task.name!r} made at {wanted.created_at}: give the "
        "ledger that `modicum size` wrote to"
    )


def approve(
    folder: Folder,
    role: Annotated[
        str, typer.Option("--role", help="engineer, business or sustainability.")
    ] = "engineer",
    name: Annotated[str, typer.Option("--name", help="Who says it.")] = "",
    comment: Annotated[str, typer.Option("--comment", help="What is said.")] = "",
    reject: Annotated[bool, typer.Option("--reject", help="Reject it.")] = False,
    only_comment: Annotated[
        bool, typer.Option("--only-comment", help="Neither approve nor reject.")
    ] = False,
    accept_slice: Annotated[
        str | None,
        typer.Option("--slice", help="Accept what this slice (COLUMN=VALUE) gets."),
    ] = None,
) -> None:
    """Put your approval, rejection or comment on record beside a decision.

    Example: modicum approve modicum-runs/question-type --role business --name "A. Boateng"
    """
    from modicum.decision.approvals import add_approval
    from modicum.decision.consent import check_slice
    from modicum.decision.document import read_decision

    if reject and only_comment:
        raise typer.BadParameter("--reject and --only-comment exclude each other: give one")
    if accept_slice is not None:
        check_slice(read_decision(folder), accept_slice)
    kind = "reject" if reject else "comment" if only_comment else "approve"
    line = add_approval(
        folder,
        role=cast("Role", role),
        name=name,
        kind=cast("Kind", "accept-slice" if accept_slice else kind),
        comment=comment,
        slice_name=accept_slice,
    )
    typer.echo(f"{line.at}  {line.role}  {line.name}: {line.kind}  {line.hash[:12]}")
