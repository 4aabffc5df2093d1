"""The options that say where and on what terms work runs, shared by the commands that meter."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from modicum.carbon.place import Place

_WHERE = "Where it runs"
RegionOption = Annotated[
    str | None,
    typer.Option(
        envvar="MODICUM_REGION", help="Grid region, for example FR.", rich_help_panel=_WHERE
    ),
]
SupplierOption = Annotated[
    float | None,
    typer.Option(help="Your supplier's factor, for market-based carbon.", rich_help_panel=_WHERE),
]
GridOption = Annotated[
    float | None, typer.Option(help="Your own grid factor.", rich_help_panel=_WHERE)
]
LiveOption = Annotated[
    str | None,
    typer.Option(
        envvar="MODICUM_LIVE_GRID",
        help="Live grid: uk, electricitymaps:ZONE or watttime:ZONE (keys from the environment).",
        rich_help_panel=_WHERE,
    ),
]
PueOption = Annotated[
    float | None, typer.Option(help="Power usage effectiveness.", rich_help_panel=_WHERE)
]
ProviderOption = Annotated[
    str | None,
    typer.Option(
        help="PUE and water of a provider: aws, azure, google, ...", rich_help_panel=_WHERE
    ),
]
WaterOption = Annotated[
    float | None,
    typer.Option("--site-l-per-kwh", help="Water evaporated on site.", rich_help_panel=_WHERE),
]
TariffOption = Annotated[
    str | None,
    typer.Option(help="What a kWh costs, for example '0.30 EUR'.", rich_help_panel=_WHERE),
]
DeviceOption = Annotated[
    str | None,
    typer.Option(
        help="For embodied carbon: server, gpu, gpu-h100, or kilograms.", rich_help_panel=_WHERE
    ),
]
LifeOption = Annotated[
    float | None, typer.Option("--life-years", help="The device's life.", rich_help_panel=_WHERE)
]
ShareOption = Annotated[
    float, typer.Option(help="Part of the device reserved, 0 to 1.", rich_help_panel=_WHERE)
]


def place_of(
    *,
    live: str | None = None,
    **given: str | float | None,
) -> Place:
    """The place that the options name; raises CarbonError for what contradicts."""
    from modicum.carbon.place import Place

    found = None
    if live is not None:
        from modicum.carbon.choose import cache_folder, find_live

        found = find_live(live, os.environ, cache_folder())
    return Place(live=found, **given)  # type: ignore[arg-type]
