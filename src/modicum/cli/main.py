"""The `modicum` command: its sub-commands, its global options, and how it ends."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from modicum._version import __version__
from modicum.cli import (
    calibrate,
    card,
    decide,
    demo,
    discover,
    doctor,
    export,
    grid,
    init,
    inventory,
    keys,
    ledger,
    meter,
    mlflow,
    opportunities,
    plan,
    power,
    predict,
    promote,
    report,
    schema,
    serve,
    size,
    status,
    top,
    tour,
    track,
    verify,
    watch,
)
from modicum.cli.logs import set_up_logs
from modicum.errors import ModicumError

app = typer.Typer(
    name="modicum",
    help="Find the smallest AI that does the job, prove it, serve it, and see what it uses.",
    epilog="Exit codes: 0 done, 1 a fault of this program, 2 bad input, 3 what was checked does "
    "not hold or a budget was spent, 130 stopped by Ctrl-C.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"modicum {__version__}")
        raise typer.Exit


@app.callback()
def _global(
    log_json: Annotated[
        bool, typer.Option("--log-json", help="Logs on stderr as one JSON object a line.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print it and leave."),
    ] = False,
) -> None:
    set_up_logs(as_json=log_json)


for _command in (
    demo.demo,
    init.init,
    discover.discover,
    size.size,
    predict.predict,
    tour.tour,
    card.card,
    mlflow.mlflow,
    decide.decide,
    power.power,
    schema.schema,
    status.status,
    promote.promote,
    watch.watch,
    serve.serve,
):
    app.command()(_command)
for _registering in (
    meter,
    top,
    doctor,
    calibrate,
    grid,
    export,
    verify,
    report,
    inventory,
    track,
    opportunities,
):
    _registering.register(app)
app.add_typer(plan.app, name="plan")
app.add_typer(keys.app, name="keys")
app.add_typer(ledger.app, name="ledger")


def main() -> None:
    """Run the command line; every error of ours is one line on stderr and its exit code."""
    try:
        app()
    except ModicumError as error:
        sys.stderr.write(f"modicum: {error}\n")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader went away (`modicum ... | head`); there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
