"""`modicum calibrate`: fit this machine's power model to a plug or PDU reading."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modicum.cli.sources import PrometheusOption, QueryOption, WallOption, wall_source
from modicum.errors import MeterError

if TYPE_CHECKING:
    from modicum.metering import Meter, Source
    from modicum.metering.calibration import Calibration, Phase

_BURN = (
    "import sys, time\nload = float(sys.argv[1]); end = time.monotonic() + float(sys.argv[2])\n"
    "while time.monotonic() < end:\n"
    "    stop = time.perf_counter() + 0.05 * load\n"
    "    while time.perf_counter() < stop: pass\n"
    "    time.sleep(0.05 * (1 - load))\n"
)


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("calibrate")(calibrate)


def calibrate(
    wall: WallOption = None,
    prometheus: PrometheusOption = None,
    query: QueryOption = None,
    seconds: Annotated[float, typer.Option(help="How long each load lasts.")] = 30.0,
    out: Annotated[Path | None, typer.Option(help="Keep the calibration here.")] = None,
) -> None:
    """Run seven loads, compare with the plug, and use the fit from now on.

    Without --wall or --prometheus you are asked what the meter shows in each load.

    Example: modicum calibrate --wall plug.csv
    """
    from modicum.metering.calibration import save
    from modicum.metering.power import calibration_path

    if seconds <= 0:
        raise MeterError(f"{seconds:g} seconds a load: give more than 0")
    source = wall_source(wall, prometheus, query)
    found = measured(source, seconds, _asked if source is None else None)
    path = out or calibration_path()
    save(found, path)
    typer.echo(
        f"wall = {found.scale:.3g} x reading + {found.idle_w:.3g} W x seconds\n"
        f"and by straight lines between {found.phases} loads; held-out error {found.held_out:.1%}, "
        f"at worst {found.held_out_worst or found.held_out:.1%}; kept in {path}"
    )


def measured(
    source: Source | None, seconds: float, ask: Callable[[float], float] | None
) -> Calibration:
    """Run the loads and fit them; `ask` gives the watts where there is no source."""
    from modicum.metering import Meter
    from modicum.metering.calibration import LOADS, fit
    from modicum.metering.power import this_machine

    power = this_machine()  # the bare model: an older calibration must not enter the new one
    meter = Meter(sources=(), power=power)
    phases = [_phase(meter, source, load, seconds, ask) for load in LOADS]
    name = source.name if source is not None else "a meter read by hand"
    return fit(phases, power, date=datetime.now(UTC).date().isoformat(), meter=name)


def _phase(
    meter: Meter,
    source: Source | None,
    load: float,
    seconds: float,
    ask: Callable[[float], float] | None,
) -> Phase:
    from modicum.metering.calibration import Phase

    burners = _burners(load, seconds * 10 if ask else seconds + 1.0)
    try:
        busy = meter.processes.machine_seconds()[0]
        start, begin = source.mark() if source else None, time.perf_counter()
        watts = None
        time.sleep(seconds)
        if ask is not None:
            watts = ask(load)
        took = time.perf_counter() - begin
        end = source.mark() if source else None
        used = meter.processes.machine_seconds()[0] - busy
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
    wall_j = watts * took if watts is not None else _joules(source, start, end)
    return Phase(meter.power.watts * used, took, wall_j)


def _joules(source: Source | None, start: object, end: object) -> float:
    devices = source.between(start, end) if source is not None else ()
    known = [d.energy_j for d in devices if d.kind == "machine"]
    if len(known) != 1 or known[0].value is None:
        why = known[0].reason if known else "it shows no machine"
        raise MeterError(f"the wall meter gave no energy for this load: {why}")
    return known[0].value


def _burners(load: float, seconds: float) -> Sequence[subprocess.Popen[bytes]]:
    if load == 0.0:
        return ()
    command = [sys.executable, "-S", "-c", _BURN, str(load), str(seconds)]
    return [subprocess.Popen(command) for _ in range(os.cpu_count() or 1)]  # noqa: S603


def _asked(load: float) -> float:
    answer: float = typer.prompt(
        f"load {load:.0%}: how many watts does the meter show now", type=float
    )
    return answer
