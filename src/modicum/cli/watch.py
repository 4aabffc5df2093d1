"""`modicum watch`: the audits of each task, what to re-size, and the audited examples as data."""

from __future__ import annotations

import csv
import json as _json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modicum.cli.size import Ledger
from modicum.cli.stored import write_stored
from modicum.errors import WatchError

if TYPE_CHECKING:
    from modicum.cli.watching import Watched
    from modicum.ledger.watch_store import WatchStore
    from modicum.watch.examples import Divided, Example


def watch(
    task: Annotated[
        str | None, typer.Argument(help="One task; every one otherwise.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the audited examples: fit.csv and judge.csv."),
    ] = None,
    columns: Annotated[
        str, typer.Option("--columns", help="Names of the two columns: the task file's own.")
    ] = "input,reference",
    fit_share: Annotated[
        float, typer.Option("--fit-share", min=0.0, max=1.0, help="Oldest part, to fit on.")
    ] = 0.5,
    ledger: Ledger = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the audits and alarms of each served task, and say what to re-size.

    With --out the audited examples are written as new data: the oldest part and everything that
    fed an alarm to fit on, the rest to judge on.  (Texts are kept only by `serve --keep-texts`.)
    Prompts stored by consent (`store_prompts`) give two more files: stored.csv, what the reference
    answered, to fit on; to-label.csv, a random draw of all of them, to be labelled and judged on.

    Example: modicum watch question-type --out audited --columns text,label
    """
    from modicum.cli.watching import opened, watched

    names = [name.strip() for name in columns.split(",")]
    if len(names) != 2 or not all(names):
        raise WatchError(f"--columns is {columns!r}: give two names, such as text,label")
    if out is not None and task is None:
        raise WatchError("--out writes the examples of one task: name the TASK too")
    with opened(ledger) as store:
        found = watched(store, task)
        stored = write_stored(store.engine, found[0], out, (names[0], names[1])) if out else None
        divided = (
            _write(store, found[0], out, (names[0], names[1]), fit_share, stored) if out else None
        )
    if json:
        plain = [_plain(each) for each in found]
        typer.echo(_json.dumps(plain, indent=2))
        return
    if not found:
        typer.echo("Nothing is watched yet: try `modicum serve modicum-runs/NAME --shadow`.")
    for each in found:
        _show(each)
    if out is not None and divided is not None:
        _say_written(out, divided)
        if stored:
            typer.echo(stored)


def _plain(watched: Watched) -> dict[str, Any]:
    state = watched.state
    streams = {
        name: {
            "audits": state.watch.audits(name),
            "rate": state.watch.rate(name),
            "bound": stream.bound,
            "alpha": stream.alpha,
            "e_value": state.watch.detectors[name].e_value,
            "nearness": state.watch.detectors[name].nearness,
        }
        for name, stream in state.watch.streams.items()
    }
    return {
        "task": watched.row.task,
        "streams": streams,
        "alarms": [str(alarm) for alarm in state.alarms],
        "stale": [str(change) for change in state.changes],
        "unseen_slices": state.watch.unseen,
        "resize": _resize(watched),
    }


def _resize(watched: Watched) -> str | None:
    """Why a new decision is due; None where it is not."""
    state = watched.state
    return "; ".join([*map(str, state.alarms), *map(str, state.changes)]) or None


def _show(watched: Watched) -> None:
    from rich.console import Console
    from rich.table import Table

    from modicum.cli.status import line
    from modicum.watch.scoring import is_graded

    state, console = watched.state, Console()
    console.print(line(watched), markup=False, highlight=False, soft_wrap=True)
    what = "mean loss" if is_graded(watched.decision.task) else "differ"
    table = Table("stream", "audits", what, "allowed", "to an alarm", box=None, pad_edge=False)
    alarmed = {alarm.stream for alarm in state.alarms}
    for name, stream in state.watch.streams.items():
        rate = state.watch.rate(name)
        near = "alarm" if name in alarmed else f"{state.watch.detectors[name].nearness:.0%}"
        told = "-" if rate is None else f"{rate:.1%}"
        table.add_row(name, f"{state.watch.audits(name):,}", told, f"{stream.bound:.1%}", near)
    console.print(table)
    for name, count in state.watch.unseen.items():
        console.print(f"  {name}: {count} audits of a slice that was never judged", markup=False)
    if (why := _resize(watched)) is not None:
        again = f"modicum watch {watched.row.task} --out audited --columns text,label"
        console.print(f"Re-size it: {why}.", markup=False, highlight=False, soft_wrap=True)
        console.print(f"  {again}", markup=False, highlight=False, soft_wrap=True)


def _examples(store: WatchStore, watched: Watched) -> list[Example]:
    from modicum.watch.examples import Example

    rows = store.audits(watched.row.id)
    gold = {row.id for row in rows if row.kind in ("gold", "label")}
    return [
        Example(row.audit, row.at, row.input, row.reference, row.audit in gold)
        for row in store.texts(watched.row.id)
    ]


def _write(
    store: WatchStore,
    watched: Watched,
    out: Path,
    columns: tuple[str, str],
    fit_share: float,
    stored: str | None,
) -> Divided:
    from modicum.cli.watching import now_ms
    from modicum.watch.examples import divide

    alarmed = max((alarm.audit for alarm in watched.state.alarms), default=0)
    divided = divide(_examples(store, watched), alarmed, fit_share)
    if not divided.fit and not divided.judge:
        if stored:
            return divided
        raise WatchError(
            f"no texts of {watched.row.task!r} were kept: serve it with --keep-texts first"
        )
    # Before the files: what is given away can then feed no alarm, even if this stops half-way.
    store.add_release(watched.row.id, now_ms(), watched.state.last_audit)
    for name, examples in (("fit.csv", divided.fit), ("judge.csv", divided.judge)):
        _write_csv(out / name, examples, columns)
    return divided


def _write_csv(path: Path, examples: tuple[Example, ...], columns: tuple[str, str]) -> None:
    import io
    from datetime import UTC, datetime

    from modicum.study.files import make_folder, write_text

    make_folder(path.parent)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*columns, "at", "gold"])
    for each in examples:
        at = datetime.fromtimestamp(each.at / 1000, UTC).isoformat(timespec="seconds")
        writer.writerow([each.input, each.label, at, int(each.gold)])
    write_text(path, text.getvalue())


def _say_written(out: Path, divided: Divided) -> None:
    if not divided.fit and not divided.judge:
        return
    typer.echo(
        f"{len(divided.fit):,} examples to fit on in {out / 'fit.csv'}, "
        f"{len(divided.judge):,} to judge on in {out / 'judge.csv'}.\n"
        "In the task file: add fit.csv to [task] data, and judge.csv as [split] judge; "
        "then `modicum size`."
    )
