"""`modicum discover LOG.jsonl`: the recurring jobs of a request log, and tasks to size them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modicum.errors import DataError

if TYPE_CHECKING:
    from modicum.discover import Discovery
    from modicum.discover.redact import Redactor


def discover(
    logs: Annotated[
        list[Path],
        typer.Argument(help="jsonl, json or csv, plain, gz or zst; folders of them; - is stdin."),
    ],
    write: Annotated[
        list[str] | None, typer.Option("--write", help="Write this job as a task; may repeat.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder to write tasks to.")] = Path("tasks"),
    key: Annotated[
        str | None, typer.Option("--key", help="Which key of a JSON answer to write a task of.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
    redact: Annotated[
        bool, typer.Option("--redact", help="Mask e-mails, IPs, phones, cards, IBANs, keys.")
    ] = False,
    by: Annotated[str, typer.Option("--by", help="Order: energy, carbon or money.")] = "energy",
    show: Annotated[int, typer.Option("--show", min=1, help="Jobs to list.")] = 15,
    min_count: Annotated[
        int | None,
        typer.Option("--min-count", min=10, help="Requests that make a job.  [100, or 1% if less]"),
    ] = None,
    days: Annotated[
        float | None, typer.Option("--days", help="Days the log covers, if its times do not tell.")
    ] = None,
    region: Annotated[
        str | None, typer.Option("--region", help="Where the models run: ISO country.  [world]")
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=100, help="Requests kept of a job.")] = 5000,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Find the recurring jobs in a log, what they use, and which look right-sizeable.

    Reads logs of OpenAI and Anthropic (batch, chat, Responses), LiteLLM,
    OpenTelemetry GenAI, OpenInference, Langfuse, Helicone and vLLM. Nothing is
    sent anywhere.

    Example: modicum discover log.jsonl --write label-tone --out tasks --redact
    """
    from modicum.discover import discover_jobs
    from modicum.discover.redact import Redactor

    if by not in _ORDERS:
        raise DataError(f"--by {by!r} is not known: give {', '.join(_ORDERS)}")
    redactor = Redactor() if redact else None  # a missing extra stops the run before the work
    with _Progress() as progress:
        found = discover_jobs(
            logs,
            fewest=min_count,
            days=days,
            region=region,
            rows=rows,
            cores=_cores(logs),
            step=progress.step,
        )
    mask = redactor.mask if redactor else str
    if as_json:
        typer.echo(json.dumps(found.to_dict(mask), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        from modicum.cli.discovered import show_discovery

        show_discovery(found, by, show)
    for name in write or []:
        _write(found, name, key, out, force, mask, quiet=as_json)
    if redactor:
        _say_masked(redactor)


_LARGE = 30_000_000  # bytes from which processes beside this one are worth their start


def _cores(logs: list[Path]) -> int:
    from modicum.candidates.minilm import cores
    from modicum.discover.lines import files_of

    size = sum(path.stat().st_size for path in files_of(logs) if path.is_file())
    return min(cores(), 4) if size > _LARGE else 1


_ORDERS = ("energy", "carbon", "money")


def _write(
    found: Discovery,
    name: str,
    key: str | None,
    out: Path,
    force: bool,
    mask: Callable[[str], str],
    *,
    quiet: bool,
) -> None:
    from modicum.discover.write import write_job
    from modicum.study.files import make_folder, write_text

    job = found.job(name)
    data, task = out / f"{name}.jsonl", out / f"{name}.toml"
    exists = next((p for p in (data, task) if p.exists()), None)
    if exists is not None and not force:
        raise DataError(f"{exists} exists: give another --out, or --force to replace it")
    written = write_job(job, key=key, mask=mask)
    make_folder(out)
    write_text(data, written.data)
    write_text(task, written.task)
    for line in (f"Wrote {task} and {data} ({written.rows:,} rows).", *written.said):
        typer.echo(line, err=quiet)
    typer.echo(f"Next:\n  modicum size {task}", err=quiet)


def _say_masked(redactor: Redactor) -> None:
    counts = ", ".join(f"{n:,} {mask}" for mask, n in redactor.masked.items())
    typer.echo(f"Masked: {counts}. Names and addresses are not recognised.", err=True)


class _Progress:
    """Lines read so far, on stderr at a terminal."""

    def __enter__(self) -> _Progress:
        import sys

        self._shown = sys.stderr.isatty()
        return self

    def step(self, lines: int) -> None:
        """Say how many lines were read."""
        if self._shown:
            typer.echo(f"\rread {lines:,} lines", err=True, nl=False)

    def __exit__(self, *_: object) -> None:
        if self._shown:
            typer.echo("\r" + " " * 30 + "\r", err=True, nl=False)
