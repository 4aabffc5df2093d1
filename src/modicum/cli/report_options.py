"""The options of `modicum report`: who reads, in which form, of what, and what is stated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path | None, typer.Argument(help="What `modicum size` wrote.  [this folder]")]
ReaderOption = Annotated[
    str, typer.Option("--for", help="engineer, business, sustainability or all.")
]
FormatOption = Annotated[
    str,
    typer.Option("--format", help="html, md, csv, json or pdf; focus (--ledger): rows for bills."),
]
LedgerOption = Annotated[
    str | None,
    typer.Option("--ledger", help="Report on this ledger (URL or file) in place of a folder."),
]
TaskOption = Annotated[
    str | None, typer.Option("--task", help="With --ledger: the newest decision of this task.")
]
SinceOption = Annotated[
    str | None,
    typer.Option("--since", help="With --ledger: a day (2026-10-01) or a length (30d)."),
]
RegionOption = Annotated[
    str | None, typer.Option("--region", help="With --ledger: of own machines.  [world]")
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        help="Where to write.  [a page in DIR; md, csv and json on the screen]",
    ),
]
LangOption = Annotated[str, typer.Option("--lang", help="en or de (business and sustainability).")]
HostingOption = Annotated[
    float | None,
    typer.Option("--hosting-per-month", help="Of what is recommended, in its currency."),
]
LabellingOption = Annotated[
    float | None, typer.Option("--labelling", help="What the labels cost, once.")
]
UpkeepOption = Annotated[
    float | None, typer.Option("--upkeep-per-month", help="Of what is recommended.")
]
SupplierOption = Annotated[
    float | None,
    typer.Option("--supplier-g-per-kwh", help="Of your electricity, for scope 2 by market."),
]
DeviceOption = Annotated[
    str | None,
    typer.Option("--device", help="For embodied carbon: server, gpu, gpu-h100, or kilograms."),
]
ShareOption = Annotated[
    float, typer.Option("--device-share", help="Of the device that is kept for this, 0 to 1.")
]
