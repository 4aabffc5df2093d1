"""`modicum demo`: the main job on real messages, with a real language model on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modicum.errors import LooksSpentError

FOLDER = Path("modicum-runs") / "demo"

LEDGER = "ledger.sqlite"
"""The demonstration's own, in its folder: who tries it out many times loses nothing of their own,
and nothing of it stands in the record of their work.  Inside it looks are counted as everywhere.
"""


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = FOLDER,
    llm: Annotated[bool, typer.Option("--llm/--no-llm", help="Race a language model too.")] = True,
    json: Annotated[bool, typer.Option("--json", help="Print the decision as JSON.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a stopped run.")] = False,
    write_only: Annotated[
        bool, typer.Option("--write-only", help="Write the messages and the task, and stop.")
    ] = False,
    ledger: Annotated[
        str | None,
        typer.Option("--ledger", help="Ledger as a database URL or a file.  [OUT/ledger.sqlite]"),
    ] = None,
) -> None:
    """Find the smallest spam filter for real text messages, a language model among them.

    Its record, and with it the count of looks at its messages, lies in OUT and not in your ledger.

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
    book = ledger or str(out / LEDGER)
    try:
        run(task, out, ledger=book, resume=resume, as_json=json, again=again)
    except LooksSpentError as error:
        raise LooksSpentError(
            f"{error}; a demonstration may also begin again: give another --out, or remove {book}"
        ) from None
