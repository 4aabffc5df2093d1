"""`modicum meter -- COMMAND`: run a command untouched and say what it used."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modicum.cli.sources import PrometheusOption, QueryOption, WallOption, wall_source
from modicum.errors import MeterError, StorageError

if TYPE_CHECKING:
    from modicum.carbon import Footprint
    from modicum.figures import Figure
    from modicum.metering import Reading, Source
    from modicum.metering.command import Command

_UNITS = {"J": ((3.6e6, "kWh"), (3.6e3, "Wh"), (1.0, "J"), (1e-3, "mJ")),
          "gCO2e": ((1e3, "kgCO2e"), (1.0, "gCO2e"), (1e-3, "mgCO2e"), (1e-6, "ugCO2e")),
          "L": ((1.0, "L"), (1e-3, "mL"), (1e-6, "uL"))}  # fmt: skip


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
    region: Annotated[
        str | None, typer.Option(envvar="MODICUM_REGION", help="Grid region, for example FR.")
    ] = None,
    supplier_g_per_kwh: Annotated[
        float | None, typer.Option(help="Your supplier's factor, for market-based carbon.")
    ] = None,
    pue: Annotated[float | None, typer.Option(help="Power usage effectiveness.")] = None,
    idle: Annotated[
        str, typer.Option(help="Who pays for idle power: excluded, by-use, whole.")
    ] = "excluded",
    wall: WallOption = None,
    prometheus: PrometheusOption = None,
    query: QueryOption = None,
    quiet: Annotated[bool, typer.Option(help="Print no table.")] = False,
) -> None:
    """Run COMMAND untouched, then say what energy, carbon, water and money it used.

    Example: modicum meter --region FRA -- python train.py
    """
    labels = parse_labels(label or [])
    raise typer.Exit(
        metered(
            command, out=out, labels=labels, idle=idle, quiet=quiet,
            extra=wall_source(wall, prometheus, query),
            where={"region": region, "supplier_g_per_kwh": supplier_g_per_kwh, "pue": pue},
        )
    )  # fmt: skip


def metered(
    argv: Sequence[str],
    *,
    out: Path | None,
    labels: dict[str, str],
    idle: str,
    quiet: bool,
    where: dict[str, Any],
    extra: Source | None = None,
) -> int:
    """Run, report, and give back the command's own exit code."""
    from modicum.metering import Meter
    from modicum.metering.command import run
    from modicum.metering.discovery import find_sources

    found = find_sources()
    meter = Meter(idle=idle, sources=[*found, extra] if extra is not None else found)
    used = _checked_place(where)  # a wrong region is said before the command runs, not after
    with meter.window(shlex.join(argv), own=False) as window:
        command = run(argv)
    reading = window.reading
    print_ = used(reading)
    document = contract(reading, command, print_, labels)
    if not quiet:
        _say(table(reading, command, print_))
    if out is not None:
        try:
            write_out(out, document)
        except (
            StorageError,
            MeterError,
        ) as error:  # the command did its work: its exit code stands
            _say(f"modicum meter: {error}\n")
    return command.exit_code


def _say(text: str) -> None:
    if sys.stderr is None:  # the caller closed it
        return
    with contextlib.suppress(OSError):  # a closed or full stderr must not change the exit code
        sys.stderr.write(text)
        sys.stderr.flush()


def _checked_place(where: dict[str, Any]) -> Any:
    from modicum.carbon import footprint
    from modicum.figures import Figure

    pue = where["pue"]
    settings: dict[str, Any] = {"supplier_g_per_kwh": where["supplier_g_per_kwh"]}
    if pue is not None:
        settings["pue"] = Figure.exact(
            pue, "1", basis="assumed", source="PUE, as given", boundary="facility"
        )
    nothing = Figure.exact(0.0, "J", basis="measured", source="check", boundary="check")
    footprint(nothing, where["region"], **settings)
    return lambda reading: footprint(reading.energy_j, where["region"], **settings)


def parse_labels(labels: Sequence[str]) -> dict[str, str]:
    """`k=v` strings as a dict; raises MeterError for one without `=`.

    >>> parse_labels(["team=search", "note=a=b"])
    {'team': 'search', 'note': 'a=b'}
    """
    for label in labels:
        if "=" not in label:
            raise MeterError(f"label {label!r} has no '=': write --label key=value")
    return {key: value for key, _, value in (label.partition("=") for label in labels)}


def contract(
    reading: Reading, command: Command, used: Footprint, labels: dict[str, str]
) -> dict[str, Any]:
    """What FILE.json holds."""
    head = {
        "schema": "modicum.meter/1",
        "command": list(command.argv),
        "exit_code": command.exit_code,
        "labels": labels,
    }
    read = reading.to_dict() | {"processes": _processes(reading, command)}
    return head | read | used.to_dict()


def write_out(path: Path, document: dict[str, Any]) -> None:
    """Write in the format that the file's name asks for; raises StorageError."""
    from modicum.metering import exports

    if path.suffix == ".csv":
        _append(path, exports.codecarbon_csv(document, header=not path.exists()))
    elif path.suffix == ".prom":
        write_whole(path, exports.prometheus_text(document))
    elif path.suffix in (".yaml", ".yml"):
        write_whole(path, exports.model_card(document))
    else:
        write_whole(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(text)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path} cannot be written: {error.strerror}; choose another --out")


def write_whole(path: Path, text: str) -> None:
    """Write whole or not at all; raises StorageError."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:  # leave no half file behind, whatever happened
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _unwritable(path, error) from error


def table(reading: Reading, command: Command, used: Footprint) -> str:
    """The figures for a person, one a line: value, 90% interval, basis, source."""
    from modicum.carbon import equivalent

    rows = [("energy", used.energy_j)]
    rows += [(f"  {d.device}" + ("" if d.in_total else " *"), d.energy_j) for d in reading.devices]
    rows += [("carbon", used.carbon_g)]
    rows += [("carbon, market", used.carbon_market_g)] if used.carbon_market_g.known else []
    rows += [("water", used.water_l), ("cost", used.cost)]
    lines = [f"modicum meter: {reading.name}"]
    lines += [f"  {name:<16} {_shown(figure)}" for name, figure in rows]
    processes = _processes(reading, command)
    lines.append(
        f"  {'time':<16} {reading.wall_seconds:.3f} s wall, {reading.cpu_seconds:.3f} CPU-s, "
        f"{processes} process{'es' if processes > 1 else ''}, exit {command.exit_code}"
    )
    if used.energy_j.known:
        lines.append(f"  {'about':<16} {equivalent(used.energy_j)}")
    if any(not d.in_total for d in reading.devices):
        lines.append("  * is inside another device, or was replaced: not added again")
    if command.alive:
        lines.append("  note: processes it left behind still run; counted up to now")
    lines += [f"  note: {note}" for note in reading.notes]
    lines.append(f"  counted: {used.energy_j.boundary}")
    sources = "; ".join(figure.source for _, figure in rows).split("; ")
    lines += ["  sources:", *(f"    {source}" for source in dict.fromkeys(sources) if source)]
    return "\n".join(lines) + "\n"


def _shown(figure: Figure) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return f"unknown: {figure.reason}"
    scale, unit = next(
        ((s, u) for s, u in _UNITS.get(figure.unit, ()) if abs(figure.value) >= s),
        _UNITS.get(figure.unit, ((1.0, figure.unit),))[-1],
    )
    value, low, high = (x / scale for x in (figure.value, figure.low, figure.high))
    return f"{value:9.3g} {unit:<7} {low:8.3g} to {high:<8.3g} {figure.basis}"


def _processes(reading: Reading, command: Command) -> int:
    """At least so many: those a dead parent reaped left their time, not their number."""
    return max(1, reading.processes, len(command.reaped))
