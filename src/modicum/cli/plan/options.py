"""Options that several sub-commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print figures as JSON.")]
Region = Annotated[str | None, typer.Option(help="ISO 3166 code or name of the country.")]
Pue = Annotated[float | None, typer.Option(help="Facility energy over IT energy, 1 or more.")]
Provider = Annotated[
    str | None, typer.Option(help="Cloud whose published PUE is taken, such as aws.")
]
Grid = Annotated[float | None, typer.Option("--grid-g-per-kwh", help="Own grid factor.")]
Supplier = Annotated[
    float | None, typer.Option("--supplier-g-per-kwh", help="Supplier's factor, market-based.")
]
Like = Annotated[
    str | None,
    typer.Option(help="Everyday equivalent: home-year, car-km, led-hour, or none."),
]
Model = Annotated[str | None, typer.Option(help="An open model, such as llama-3-8b.")]
Config = Annotated[Path | None, typer.Option(help="Hugging Face config.json.")]
ChipHourPrice = Annotated[
    float | None, typer.Option(help="Hire of one accelerator for an hour, USD.")
]
Claimed = Annotated[float | None, typer.Option(help="A quoted figure to check against the plan.")]
