"""`modicum power TASK.toml`: how many judge examples a margin needs, and which to label first."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modicum.errors import DataError, StorageError, TaskError

if TYPE_CHECKING:
    from modicum.study.label_first import Worth

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
        Path | None, typer.Option(metavar="CSV", help="Write the inputs to label, in order.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say how many judge examples TASK needs to prove a candidate, and how many it has.

    After an undecided `modicum size`, say with --unlabelled which examples to label first: only
    those that the candidate and the reference answer differently need a label.

    Example: modicum power task.toml --disagreement 0.08
    """
    if unlabelled is not None:
        _label_first(task, unlabelled, out, to, as_json=as_json)
        return
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


def _label_first(
    task: Path, unlabelled: Path, out: Path | None, to: Path | None, *, as_json: bool
) -> None:
    from modicum.cli.predict import TABLES, read_inputs
    from modicum.cli.size import RUNS
    from modicum.decision.document import read_decision
    from modicum.study.label_first import worth_labelling
    from modicum.tasks.load import load_task

    loaded = load_task(task)
    section, folder = loaded.spec.task, out or RUNS / loaded.name
    decision = read_decision(folder)
    table = unlabelled.suffix.lower() in TABLES and len(section.parts) == 1
    column = section.parts[0] if table else None
    inputs = list(read_inputs(unlabelled, column, list(section.parts)))
    if not inputs:
        raise DataError(f"{unlabelled} holds no inputs: give one a line, or a table")
    found = worth_labelling(decision, folder, inputs, loaded.spec.split.seed)
    if to is not None:
        _write_labels(found, inputs, to)
    if as_json:
        typer.echo(json.dumps(_label_plain(found), indent=2))
        return
    for line in _label_lines(found, to):
        typer.echo(line)


def _label_plain(found: Worth) -> dict[str, object]:
    return {
        "unlabelled": found.first.pool,
        "label_first": found.first.rows,
        "covered": found.first.covered,
        "differs": dict(found.differs),
        "more_examples": dict(found.more),
        "labels": None if found.wanted is None else found.first.labels_for(found.wanted),
        "left_out": dict(found.left_out),
    }


def _label_lines(found: Worth, to: Path | None) -> Iterator[str]:
    """For people, at most 80 columns but for names."""
    first, wanted = found.first, found.wanted
    for name, share in found.differs.items():
        more = found.more[name]
        need = "looks too bad to prove" if more is None else f"about {more} more examples decide it"
        yield f"{name}: differs from {found.reference} on {share:.1%}; {need}"
    for name, reason in found.left_out.items():
        yield f"{name}: not asked; {reason}"
    count = len(first.rows)
    yield f"Label {count} of the {first.pool} examples at most: on the others all agree,"
    yield "so the difference there is 0, whatever the right answer is."
    if wanted is not None:
        labels = first.labels_for(wanted)
        yield (
            f"The first {labels} labels make {wanted} examples count: label all of those, no fewer."
            if labels is not None
            else f"That is fewer than the {wanted} wanted: find {wanted - first.pool} more."
        )
    if to is not None:
        yield f"Wrote {to}: label from the top, and leave none out."
    else:
        shown = ", ".join(str(row + 1) for row in first.rows[:10])
        yield f"In this order (rows of the file, from 1): {shown}{' ...' if count > 10 else ''}"


def _write_labels(found: Worth, inputs: Sequence[str], to: Path) -> None:
    """row (from 1), covered, input, label (empty); the answers are not shown, to sway nobody."""
    rows = zip(found.first.rows, found.first.covered, strict=True)
    try:
        with to.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(["row", "covered", "input", "label"])
            lines.writerows([row + 1, covered, inputs[row], ""] for row, covered in rows)
    except OSError as error:
        raise StorageError(f"{to} cannot be written ({error}): name another file") from None


def _said(needed: int | None, have: int) -> str:
    if needed is None:
        return "no number of examples would prove it: the difference is not below the margin"
    return f"{needed} needed" + (", enough" if needed <= have else f", {needed - have} more")
