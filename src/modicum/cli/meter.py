"""`modicum meter -- COMMAND`: run a command untouched and say what it used."""

from __future__ import annotations

import contextlib
import logging
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modicum.cli.meter_files import check_writable, write_out
from modicum.cli.meter_report import contract, parse_unit, table
from modicum.cli.place import (
    DeviceOption,
    GridOption,
    LifeOption,
    LiveOption,
    ProviderOption,
    PueOption,
    RegionOption,
    ShareOption,
    SupplierOption,
    TariffOption,
    WaterOption,
    place_of,
)
from modicum.cli.sources import PrometheusOption, QueryOption, WallOption, wall_source
from modicum.errors import MeterError, StorageError
from modicum.figures import Figure

if TYPE_CHECKING:
    from modicum.carbon.place import Place
    from modicum.metering import Reading, Source
    from modicum.metering.cgroups import Cgroup


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    settings = {"ignore_unknown_options": True, "allow_interspersed_args": False}
    app.command("meter", context_settings=settings)(meter)


def meter(
    command: Annotated[list[str], typer.Argument(help="The command and its arguments.")],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Keep the figures: FILE.json (all), .prom (Prometheus textfile), "
            ".csv (CodeCarbon's columns, appended), .yaml (Hugging Face model card)."
        ),
    ] = None,
    label: Annotated[list[str] | None, typer.Option(help="k=v, kept with the figures.")] = None,
    per: Annotated[
        str | None,
        typer.Option(help="Functional unit, for example '1000 request': adds its energy and SCI."),
    ] = None,
    region: RegionOption = None,
    supplier_g_per_kwh: SupplierOption = None,
    grid_g_per_kwh: GridOption = None,
    live: LiveOption = None,
    pue: PueOption = None,
    provider: ProviderOption = None,
    site_l_per_kwh: WaterOption = None,
    tariff: TariffOption = None,
    device: DeviceOption = None,
    life_years: LifeOption = None,
    share: ShareOption = 1.0,
    idle: Annotated[
        str, typer.Option(help="Who pays for idle power: excluded, by-use, whole.")
    ] = "excluded",
    otlp: Annotated[
        str | None, typer.Option(help="Send the figures to this OpenTelemetry collector.")
    ] = None,
    container: Annotated[
        str | None,
        typer.Option(help="Meter this running container or control group while COMMAND runs."),
    ] = None,
    wall: WallOption = None,
    prometheus: PrometheusOption = None,
    query: QueryOption = None,
    quiet: Annotated[bool, typer.Option(help="Print no table.")] = False,
) -> None:
    """Run COMMAND untouched, then say what energy, carbon, water and money it used.

    Example: modicum meter --region FRA -- python train.py
    """
    from modicum.metering.cgroups import find_group

    labels = parse_labels(label or [])
    place = place_of(
        live=live, region=region, supplier_g_per_kwh=supplier_g_per_kwh, pue=pue,
        provider=provider, grid_g_per_kwh=grid_g_per_kwh, tariff=tariff,
        site_l_per_kwh=site_l_per_kwh, device=device, life_years=life_years, share=share,
    )  # fmt: skip
    raise typer.Exit(
        metered(
            command, out=out, labels=labels, idle=idle, quiet=quiet, place=place,
            extra=wall_source(wall, prometheus, query), unit=parse_unit(per),
            container=find_group(container) if container is not None else None,
            send=_sender(otlp),
        )
    )  # fmt: skip


def metered(
    argv: Sequence[str],
    *,
    out: Path | None,
    labels: dict[str, str],
    idle: str,
    quiet: bool,
    place: Place,
    unit: tuple[float, str] | None = None,
    extra: Source | None = None,
    container: Cgroup | None = None,
    send: Callable[[Reading, dict[str, str]], None] | None = None,
) -> int:
    """Run, report, and give back the command's own exit code.

    container: a running one to meter instead of the command, for as long as the command runs.
    """
    from modicum.metering import Meter
    from modicum.metering.cgroups import Scope
    from modicum.metering.command import run
    from modicum.metering.discovery import find_sources

    if out is not None:
        check_writable(out)
    found = find_sources(plugins=True)
    meter = Meter(idle=idle, sources=[*found, extra] if extra is not None else found, load=True)
    nothing = Figure.exact(0.0, "J", basis="measured", source="check", boundary="check")
    before = place.factors()  # a wrong region is said before the command runs, not after
    place.footprint(nothing, 0.0, before)
    scope = Scope.make() if container is None else None
    group = scope.group if scope is not None else container
    others = container.pids() if container is not None else ()
    try:
        with meter.window(shlex.join(argv), others, own=False, group=group) as window:
            command = run(argv, scope)
    finally:
        if scope is not None:
            scope.close()
    reading = window.reading
    used = place.footprint(reading.energy_j, reading.wall_seconds, before)
    document = contract(reading, command, used, labels, unit)
    if not quiet:
        _say(table(reading, command, used, unit))
    if out is not None:
        try:
            write_out(out, document)
        except (
            StorageError,
            MeterError,
        ) as error:  # the command did its work: its exit code stands
            _say(f"modicum meter: {error}\n")
    if send is not None:
        send(reading, labels)
    return command.exit_code


def _sender(url: str | None) -> Callable[[Reading, dict[str, str]], None] | None:
    """Sends one reading to a collector; made before the command runs, so a wrong one is said."""
    if url is None:
        return None
    from modicum.metering.otel import once

    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # one sentence of ours instead
    sending = once(url)

    def send(reading: Reading, labels: dict[str, str]) -> None:
        if not sending(lambda telemetry: telemetry.reading(reading, **labels)):
            _say(f"modicum meter: {url} did not take the figures: check the collector\n")

    return send


def _say(text: str) -> None:
    if sys.stderr is None:  # the caller closed it
        return
    with contextlib.suppress(OSError):  # a closed or full stderr must not change the exit code
        sys.stderr.write(text)
        sys.stderr.flush()


def parse_labels(labels: Sequence[str]) -> dict[str, str]:
    """`k=v` strings as a dict; raises MeterError for one without `=`.

    >>> parse_labels(["team=search", "note=a=b"])
    {'team': 'search', 'note': 'a=b'}
    """
    for label in labels:
        if "=" not in label:
            raise MeterError(f"label {label!r} has no '=': write --label key=value")
    return {key: value for key, _, value in (label.partition("=") for label in labels)}
