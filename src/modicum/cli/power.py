"""`modicum power TASK.toml`: how many judge examples a margin needs, and which to label first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from modicum.errors import TaskError

USUAL = (0.02, 0.05, 0.10, 0.20)
"""Shares of examples where two good classifiers commonly differ in being right."""


def power(
    task: Annotated[Path, typer.Argument(help="The task file.")],
    disagreement: Annotated[
        float | None, typer.Option(help="Share of examples where only one of the two is right.")
    ] = None,
    difference: Annotated[
        float, typer.Option(help="True difference in loss to the reference; 0 is as good.")
    ] = 0.0,
    chance: Annotated[float, typer.Option(help="Chance of a proof that you want.")] = 0.8,
    unlabelled: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Unlabelled inputs, to say which to label first; after `size`."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="What `modicum size` wrote.  [modicum-runs/NAME]")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="Write the inputs to label, in order; or the judge file."),
    ] = None,
    labelled: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="That list with labels: makes the judge file of it."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say how many judge examples TASK needs to prove a candidate, and how many it has.

    After an undecided `modicum size`, say with --unlabelled which examples to label first: only
    those that the candidate and the reference answer differently need a label.  With --labelled
    the list, labelled from the top, becomes a judge file for the next `modicum size`.

    Example: modicum power task.toml --disagreement 0.08
    """
    if unlabelled is not None:
        from modicum.cli.label_first import judge_file, list_to_label

        if labelled is not None:
            judge_file(task, unlabelled, labelled, out, to)
        else:
            list_to_label(task, unlabelled, out, to, as_json=as_json)
        return
    if labelled is not None:
        raise TaskError("--labelled needs its pool: give --unlabelled FILE as for the list")
    from modicum.tasks.dataset import load_dataset
    from modicum.tasks.load import load_task
    from modicum.tasks.split import split

    if not 0 < chance < 1:
        raise TaskError(f"--chance is {chance:g}: give a number between 0 and 1")
    loaded = load_task(task)
    have = len(split(load_dataset(loaded), loaded.spec.split).judge)
    margin, level = loaded.spec.adequate.margin, 1 - loaded.spec.adequate.confidence
    shares = USUAL if disagreement is None else (disagreement,)
    needed = {share: needed_for(share, difference, margin, level, chance) for share in shares}
    if as_json:
        rows = [{"disagreement": share, "examples": n} for share, n in needed.items()]
        typer.echo(json.dumps({"judge_examples": have, "margin": margin, "needed": rows}, indent=2))
        return
    typer.echo(f"{have} judge examples, margin {margin:g}, confidence {1 - level:g}.")
    for share, n in needed.items():
        typer.echo(f"  if the two differ on {share:.0%} of examples: {_said(n, have)}")


def needed_for(
    disagreement: float, difference: float, margin: float, level: float, chance: float
) -> int | None:
    """Judge examples for one candidate at the whole level; None where no number can show it.

    >>> needed_for(0.06, 0.0, 0.02, 0.05, 0.8)
    928
    """
    from modicum.stats.power import examples_needed, smallest_perfect_sample

    if not abs(difference) <= disagreement <= 1:
        raise TaskError(
            f"--disagreement is {disagreement:g} with a difference of {difference:g}: give a share "
            "from the size of the difference to 1"
        )
    variance = disagreement - difference**2
    found = examples_needed(difference, variance, margin, level, chance)
    return None if found is None else max(found, smallest_perfect_sample(margin, level))


def _said(needed: int | None, have: int) -> str:
    if needed is None:
        return "no number of examples would prove it: the difference is not below the margin"
    return f"{needed} needed" + (", enough" if needed <= have else f", {needed - have} more")
