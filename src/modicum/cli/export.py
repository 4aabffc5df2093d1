"""`modicum export` and `modicum dashboard`: this machine's energy for Prometheus, OpenTelemetry."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modicum.cli.place import LiveOption, RegionOption, place_of
from modicum.errors import MeterError

if TYPE_CHECKING:
    from modicum.figures import Figure
    from modicum.metering.live import Frame, Live
    from modicum.metering.otel import Telemetry
    from modicum.metering.reading import Kind


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("export")(export)
    app.command("dashboard")(dashboard)


def export(
    port: Annotated[int, typer.Option(help="Where Prometheus scrapes.")] = 9467,
    address: Annotated[
        str, typer.Option(help="Listen here; 0.0.0.0 lets other machines in.")
    ] = "127.0.0.1",
    textfile: Annotated[
        Path | None, typer.Option(help="Write FILE.prom each frame instead of listening.")
    ] = None,
    otlp: Annotated[
        str | None, typer.Option(help="Send OpenTelemetry to this collector as well.")
    ] = None,
    every: Annotated[float, typer.Option(help="Seconds a frame.")] = 5.0,
    frames: Annotated[int, typer.Option(help="How many; 0 goes on.")] = 0,
    region: RegionOption = None,
    live: LiveOption = None,
) -> None:
    """Export what processes, labels, containers and devices use, until Ctrl-C.

    Example: modicum export --region FR --otlp http://127.0.0.1:4318
    """
    if every < 0.1 or frames < 0:
        raise MeterError("export needs --every of 0.1 or more and --frames of 0 or more")
    from modicum.carbon import grid_factor
    from modicum.metering import Meter
    from modicum.metering.discovery import find_sources
    from modicum.metering.live import Live

    place = place_of(live=live, region=region)
    factor: Figure = place.factors().get("grid") or grid_factor(region)
    sending = _telemetry(otlp)
    watched = Live(Meter(sources=find_sources(plugins=True)))
    try:
        _run(watched, factor, every, frames, textfile, (address, port), sending)
    except KeyboardInterrupt:
        return
    finally:
        if sending is not None:
            sending[1]()


def _run(
    live: Live, factor: Figure, every: float, frames: int, textfile: Path | None,
    where: tuple[str, int], sending: tuple[Telemetry, Callable[[], None]] | None,
) -> None:  # fmt: skip
    from modicum.metering.endpoint import registry_of, serve, write_textfile
    from modicum.metering.totals import Totals

    totals = Totals()
    registry = registry_of(totals, factor)
    server = None
    if textfile is None:
        server, _ = serve(registry, *where)
        typer.echo(
            f"metrics at http://{where[0]}:{server.server_port}/metrics; Ctrl-C ends", err=True
        )
    try:
        while frames == 0 or totals.frames < frames:
            time.sleep(every)
            frame = live.frame()
            totals.add(frame)
            if textfile is not None:
                write_textfile(registry, textfile)
            if sending is not None:
                sending[0].add(_joules(frame), frame.seconds)
    finally:
        if server is not None:
            server.shutdown()
            server.server_close()


def _joules(frame: Frame) -> list[tuple[str, Kind, Figure]]:
    from modicum.figures import Figure

    second = Figure.exact(frame.seconds, "s", basis="measured", source="clock", boundary="")
    return [(d.name, d.kind, d.watts * second) for d in frame.devices]


def _telemetry(url: str | None) -> tuple[Telemetry, Callable[[], None]] | None:
    if url is None:
        return None
    from modicum.metering.otel import Telemetry, otlp_provider

    provider = otlp_provider(url)
    return Telemetry(provider), provider.shutdown


def dashboard() -> None:
    """Print the Grafana dashboard of these metrics: import it, or provision the file.

    Example: modicum dashboard > modicum.json
    """
    from modicum.metering import endpoint

    path = Path(endpoint.__file__).parent / "data" / "grafana.json"
    typer.echo(path.read_text(encoding="utf-8"), nl=False)
