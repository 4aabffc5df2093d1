"""`modicum init`: a task file from a data file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modicum.errors import TaskError


def init(
    file: Annotated[Path, typer.Argument(help="A csv, tsv, json, jsonl or parquet file.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Task file to write.  [FILE's name].toml")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing task file.")] = False,
) -> None:
    """Look at FILE and write a commented task file, ready to run.

    Example: modicum init questions.csv
    """
    from dataclasses import replace

    from modicum.study.files import write_text
    from modicum.tasks.guess import guess_task
    from modicum.tasks.render import render_task

    target = out or file.with_suffix(".toml")
    if target.exists() and not force:
        raise TaskError(f"{target} exists: give another with --out, or --force to replace it")
    guess = guess_task(file)
    # Paths in a task file are relative to it, so that both can move together.
    import os

    relative = Path(os.path.relpath(file.resolve(), target.resolve().parent)).as_posix()
    write_text(target, render_task(replace(guess, data=relative)))
    typer.echo(f"Looked at {file} and guessed:")
    for line in guess.said:
        typer.echo(f"  {line}")
    typer.echo(f"Wrote {target}. Next:\n  modicum size {target}")
