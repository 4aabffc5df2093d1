"""`modicum size`: the main job."""

from __future__ import annotations

import sys
from pathlib import Path
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated

import typer

from modicum.errors import InterruptedRunError, TaskError

if TYPE_CHECKING:
    from modicum.study.budget import Budget
    from modicum.tasks import Task

RUNS = Path("modicum-runs")

Ledger = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        help="Ledger as a database URL or a file; a file in your data folder by default.",
    ),
]


def size(
    task: Annotated[Path, typer.Argument(help="The task file (TOML).", show_default=False)],
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write to.  [modicum-runs/NAME]")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Take up the finished trials of a stopped run.")
    ] = False,
    max_cost: Annotated[
        float | None,
        typer.Option("--max-cost", min=0.0, help="Stop before providers charge more than this."),
    ] = None,
    max_energy: Annotated[
        str | None,
        typer.Option("--max-energy", help="Stop before the search uses more: 500J, 2Wh, 0.1kWh."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Send data to the providers named in TASK.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the decision as JSON.")] = False,
    ledger: Ledger = None,
) -> None:
    """Find the smallest candidate that does TASK as well as its reference.

    Example: modicum size question-type.toml --out runs/question-type
    """
    from modicum.study.budget import Budget, parse_energy
    from modicum.tasks import load_task

    loaded = load_task(task)
    folder = out or RUNS / loaded.name
    budget = Budget(max_cost, parse_energy(max_energy) if max_energy is not None else None)
    confirm(loaded, yes=yes)
    run(
        loaded,
        folder,
        ledger=ledger,
        resume=resume,
        as_json=json,
        again=f"modicum size {task}",
        budget=budget,
    )


def confirm(task: Task, *, yes: bool) -> None:
    """Say what would leave this machine; raises TaskError unless somebody agrees to it."""
    from modicum.study.leaving import leaving

    found = leaving(task)
    if not found:
        return
    typer.echo("Data would leave this machine:", err=True)
    width = max(get_terminal_size().columns, 40)
    for line in (line for part in found for line in part.lines()):
        typer.echo("\n".join(_wrapped(line, width)), err=True)
    if yes:
        return
    if sys.stdin.isatty() and typer.confirm("Send it?", err=True):
        return
    raise TaskError("nothing was sent: agree to it with --yes, or remove these candidates")


def _wrapped(line: str, width: int) -> list[str]:
    """A line in whole words, so that an address can be copied; what follows stands further in."""
    deeper = " " * (len(line) - len(line.lstrip()) + 4)
    return wrap(
        line,
        width,
        initial_indent="  ",
        subsequent_indent=deeper,
        break_long_words=False,
        break_on_hyphens=False,
    )


def run(
    task: Task,
    folder: Path,
    *,
    ledger: str | None,
    resume: bool,
    as_json: bool,
    again: str,
    budget: Budget | None = None,
) -> None:
    """Run a study under a progress bar and print what it found."""
    from modicum.cli.interrupt import CatchInterrupt
    from modicum.cli.progress import Shown
    from modicum.cli.report_gather import write_page
    from modicum.ledger import open_ledger
    from modicum.metering import Meter
    from modicum.study import run_study
    from modicum.study.budget import UNLIMITED
    from modicum.study.files import check_writable

    check_writable(folder)
    book = open_ledger(ledger)
    interrupted = CatchInterrupt()
    try:
        with interrupted, Shown() as shown:
            document = run_study(
                task,
                folder,
                book,
                Meter(),
                shown,
                resume=resume,
                budget=budget or UNLIMITED,
                interrupted=interrupted,
            )
    except BaseException as error:  # whatever an interrupted library made of Ctrl-C
        if not interrupted() and not isinstance(error, KeyboardInterrupt):
            raise
        raise InterruptedRunError(
            f"stopped; finished trials are kept: go on with `{again} --out {folder} --resume`"
        ) from None
    finally:
        book.close()
    write_page(document, folder)
    if as_json:
        typer.echo(document.model_dump_json(indent=2))
        return
    from modicum.cli.show import show_decision

    show_decision(document, folder)
