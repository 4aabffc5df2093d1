"""`modicum demo`: the main job on real messages, with a real language model on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modicum.cli.size import Ledger

FOLDER = Path("modicum-runs") / "demo"


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = FOLDER,
    llm: Annotated[bool, typer.Option("--llm/--no-llm", help="Race a language model too.")] = True,
    json: Annotated[bool, typer.Option("--json", help="Print the decision as JSON.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a stopped run.")] = False,
    write_only: Annotated[
        bool, typer.Option("--write-only", help="Write the messages and the task, and stop.")
    ] = False,
    ledger: Ledger = None,
) -> None:
    """Find the smallest spam filter for real text messages, a language model among them.

    Example: modicum demo --no-llm
    """
    from modicum.cli.size import run
    from modicum.demo import write_demo_task
    from modicum.study.files import check_writable
    from modicum.tasks import load_task

    check_writable(out)
    path = write_demo_task(out, llm=llm)
    if write_only:
        typer.echo(f"Wrote {out / 'messages.csv'} and {path}. Next:\n  modicum size {path}")
        return
    task = load_task(path)
    again = "modicum demo" if llm else "modicum demo --no-llm"
    run(task, out, ledger=ledger, resume=resume, as_json=json, again=again)
