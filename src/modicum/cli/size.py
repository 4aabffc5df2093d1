"""`modicum size`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modicum.errors import InterruptedRunError

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
    json: Annotated[bool, typer.Option("--json", help="Print the decision as JSON.")] = False,
    ledger: Ledger = None,
) -> None:
    """Find the smallest candidate that does TASK as well as its reference.

    Example: modicum size question-type.toml --out runs/question-type
    """
    from modicum.tasks import load_task

    loaded = load_task(task)
    folder = out or RUNS / loaded.name
    run(loaded, folder, ledger=ledger, resume=resume, as_json=json, again=f"modicum size {task}")


def run(
    task: object,
    folder: Path,
    *,
    ledger: str | None,
    resume: bool,
    as_json: bool,
    again: str,
) -> None:
    """Run a study under a progress bar and print what it found."""
    from modicum.cli.interrupt import CatchInterrupt
    from modicum.cli.progress import Shown
    from modicum.ledger import open_ledger
    from modicum.metering import Meter
    from modicum.report import write_report
    from modicum.study import run_study
    from modicum.study.files import check_writable
    from modicum.tasks import Task

    if not isinstance(task, Task):
        raise TypeError(f"{task!r} is not a task")
    check_writable(folder)
    book = open_ledger(ledger)
    interrupted = CatchInterrupt()
    try:
        with interrupted, Shown() as shown:
            document = run_study(
                task, folder, book, Meter(), shown, resume=resume, interrupted=interrupted
            )
    except BaseException as error:  # whatever an interrupted library made of Ctrl-C
        if not interrupted() and not isinstance(error, KeyboardInterrupt):
            raise
        raise InterruptedRunError(
            f"stopped; finished trials are kept: go on with `{again} --out {folder} --resume`"
        ) from None
    finally:
        book.close()
    write_report(document, folder / "report.html")
    if as_json:
        typer.echo(document.model_dump_json(indent=2))
        return
    from modicum.cli.show import show_decision

    show_decision(document, folder)
