"""`modicum grid`: the factors of a region, live intensity, and when to run."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modicum.cli.place import LiveOption
from modicum.errors import CarbonError

if TYPE_CHECKING:
    from modicum.carbon.live import Cached
    from modicum.figures import Figure


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("grid")(grid)


def grid(
    region: Annotated[
        str | None, typer.Argument(help="For example FR; nothing is the world.")
    ] = None,
    live: LiveOption = None,
    forecast: Annotated[bool, typer.Option("--forecast", help="The hours ahead as well.")] = False,
    hours: Annotated[float, typer.Option(help="How long the work runs, for --forecast.")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print plain data.")] = False,
) -> None:
    """Say what a kWh causes in a region: yearly, now, and in the hours ahead.

    Example: modicum grid GB --live uk --forecast --hours 4
    """
    from modicum.carbon import electricity_price, grid_factor, grid_water

    found: dict[str, Figure] = {
        "carbon, yearly": grid_factor(region),
        "water": grid_water(region),
        "price": electricity_price(region),
    }
    document: dict[str, Any] = {}
    if forecast and live is None:
        raise CarbonError("--forecast needs a live grid: add --live uk, electricitymaps:ZONE, ...")
    if live is not None:
        from modicum.carbon.choose import cache_folder, find_live

        source, zone = find_live(live, os.environ, cache_folder())
        found = {"carbon, now": source.factor(zone, region)} | found
        document = _ahead(source, zone, hours) if forecast else {}
    document = {name: figure.to_dict() for name, figure in found.items()} | document
    typer.echo(json.dumps(document, indent=2) if as_json else _shown(found, document))


def _ahead(source: Cached, zone: str, hours: float) -> dict[str, Any]:
    """The forecast, and the start at which work of so many hours emits least."""
    step_s = source.live.step_s
    figures = source.ahead(zone)
    values = [figure.value or 0.0 for figure in figures]
    long = max(1, round(hours * 3600 / step_s))
    if not 0 < long <= len(values):
        reach = len(values) * step_s / 3600
        raise CarbonError(f"--hours {hours:g} is beyond the forecast of {reach:g} hours: give less")
    means = [sum(values[i : i + long]) / long for i in range(len(values) - long + 1)]
    best = min(range(len(means)), key=means.__getitem__)
    begin = datetime.now(UTC).replace(microsecond=0)
    return {
        "forecast": [
            {"at": (begin + timedelta(seconds=i * step_s)).isoformat()} | figure.to_dict()
            for i, figure in enumerate(figures)
        ],
        "best_start": (begin + timedelta(seconds=best * step_s)).isoformat(),
        "best_g_per_kwh": means[best],
        "now_g_per_kwh": means[0],
    }


def _shown(found: dict[str, Figure], document: dict[str, Any]) -> str:
    lines = []
    for name, figure in found.items():
        lines.append(f"{name:<15} {_figure(figure)}")
        lines.append(f"    {figure.source or figure.reason}")
    if "best_start" in document:
        lines.append(
            f"least carbon    start {document['best_start']}: "
            f"{document['best_g_per_kwh']:.0f} gCO2e/kWh, now {document['now_g_per_kwh']:.0f}"
        )
    return "\n".join(lines)


def _figure(figure: Figure) -> str:
    if figure.value is None:
        return f"unknown: {figure.reason}"
    return (
        f"{figure.value:.4g} {figure.unit} ({figure.low:.3g} to {figure.high:.3g}), {figure.basis}"
    )
