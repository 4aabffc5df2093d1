"""`modicum card`: a decision as a model card for the Hugging Face Hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def card(
    folder: Annotated[Path, typer.Argument(help="What `modicum size` wrote.")] = Path(),
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write.  [on the screen]")
    ] = None,
    licence: Annotated[
        str | None, typer.Option("--license", help="Of the model, as the Hub names it: mit ...")
    ] = None,
) -> None:
    """Write a model card: what it is for, how good it is proven to be, what it uses.

    Example: modicum card modicum-runs/question-type --license mit --out README.md
    """
    from modicum.decision.document import read_decision
    from modicum.report.card import render_card
    from modicum.report.files import write_text

    document = read_decision(folder)
    home = folder if folder.is_dir() else folder.parent
    text = render_card(document, str(home), licence)
    if out is None:
        typer.echo(text, nl=False)
        return
    write_text(text, out)
    typer.echo(str(out))
