"""Stored prompts as data candidates: `modicum watch TASK --out` writes them beside the audits."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from modicum.cli.watching import Watched

MOST_TO_LABEL = 1000
STORED, TO_LABEL = "stored.csv", "to-label.csv"


def write_stored(
    engine: Engine, watched: Watched, out: Path, columns: tuple[str, str], seed: int = 0
) -> str | None:
    """Write both files; returns what to tell the user, None where no prompt is stored.

    What the reference answered is a biased part of the traffic wherever it answers only what the
    small candidate was unsure of, so it is for fitting alone.  The draw is of all stored prompts
    alike, each input once, and none that is in the other file: labelled, it may judge.
    """
    from modicum.ledger.text_store import TextStore

    store = TextStore(engine)
    rows = store.of_task(watched.row.task)
    if not rows:
        return None
    routes = store.routes(watched.row.task)
    own = {candidate.name for candidate in watched.decision.candidates} | {"cache-exact"}
    inputs = list(dict.fromkeys(row.input for row in rows))
    drawn = set(random.Random(seed).sample(inputs, min(MOST_TO_LABEL, -(-len(inputs) // 2))))  # noqa: S311
    told = {
        row.input: row.reply
        for row in rows
        if row.input not in drawn
        and row.reply
        and routes.get((row.worker, row.sequence)) not in own
    }
    _write(out / STORED, columns, told.items())
    _write(out / TO_LABEL, columns, ((text, "") for text in inputs if text in drawn))
    return (
        f"{len(told):,} stored answers of the reference to fit on in {out / STORED}; "
        f"{len(drawn):,} stored prompts\ndrawn at random in {out / TO_LABEL}: "
        "label them, and they may judge."
    )


def _write(path: Path, columns: tuple[str, str], rows: object) -> None:
    import io

    from modicum.study.files import make_folder, write_text

    make_folder(path.parent)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)  # type: ignore[arg-type]
    write_text(path, text.getvalue())
