"""`modicum plan`: the footprint before the run, and where and when to run it."""

from __future__ import annotations

import typer

from modicum.cli.plan import (
    equivalents,
    hardware,
    modernise,
    place,
    project,
    serve,
    standards,
    train,
    tune,
)

app = typer.Typer(
    help="Know the footprint before you run, and put the work where and when it weighs least.",
    epilog="Example: modicum plan train --preset gpt-3",
    no_args_is_help=True,
)

for _command, _example in (
    (train.train, "modicum plan train --chips 64 --watts 400 --days 3 --pue 1.2 --region FR"),
    (serve.serve, "modicum plan serve --model llama-3-8b --requests-per-month 1e6 --region DE"),
    (project.project, "modicum plan project --scenario devries-2027"),
    (place.place, "modicum plan place --grid A=a.csv --grid B=b.csv --generate 200"),
    (tune.tune, "modicum plan tune --traces DIR, or --live -- python train.py --batch {batch}"),
    (
        modernise.modernise,
        "modicum plan modernise --old server-2013 --count 100 --new server-2024 --region DE",
    ),
    (equivalents.equivalents, "modicum plan equivalents --kwh 1287000"),
    (hardware.hardware, "modicum plan hardware --kind switch"),
    (
        standards.standards,
        "modicum plan train --preset gpt-3 --json | modicum plan standards - --form ghg",
    ),
):
    app.command(epilog=f"Example: {_example}")(_command)
