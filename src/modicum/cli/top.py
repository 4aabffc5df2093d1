"""`modicum top`: who uses this machine's power, live."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modicum.cli.keypress import Keys
from modicum.errors import MeterError

if TYPE_CHECKING:
    from modicum.figures import Figure
    from modicum.metering.live import Frame

_QUIT = ("q", "Q", "\x04")
_CLEAR = "\x1b[H\x1b[J"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("top")(top)


def top(
    every: Annotated[float, typer.Option("--every", "-d", help="Seconds a frame.")] = 2.0,
    frames: Annotated[int, typer.Option("--frames", "-n", help="How many; 0 goes on.")] = 0,
    rows: Annotated[int, typer.Option(help="How many processes to show.")] = 15,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a frame.")] = False,
) -> None:
    """Show processes, devices, labels and containers by the power they use; q or Ctrl-C ends it.

    Example: modicum top --every 5 --rows 20
    """
    from modicum.metering import Meter
    from modicum.metering.discovery import find_sources
    from modicum.metering.live import Live

    if every <= 0 or rows < 1 or frames < 0:
        raise MeterError("top needs --every above 0, --rows of 1 or more and --frames of 0 or more")
    live, shown = Live(Meter(sources=find_sources(plugins=True))), 0
    with Keys() as keys, contextlib.suppress(KeyboardInterrupt):
        while frames == 0 or shown < frames:
            if keys.wait(every) in _QUIT:
                return
            frame = live.frame()
            if as_json:
                typer.echo(json.dumps(plain(frame, rows)))
            else:
                typer.echo(_fitted(render(frame, rows)))
            shown += 1


def _fitted(text: str) -> str:
    """Cut to the terminal, on a cleared screen; untouched where it goes to a file."""
    if not sys.stdout.isatty():
        return text
    columns, lines = shutil.get_terminal_size()
    shown = [line[:columns] for line in text.splitlines()[: max(1, lines - 2)]]
    return _CLEAR + "\n".join([*shown, "q quits"])


def render(frame: Frame, rows: int) -> str:
    """The frame as a table: the machine, devices, labels, then processes by use."""
    lines = [
        f"{frame.busy_cores:.2f} cores busy over {frame.seconds:.1f} s; "
        f"at rest {_watts(frame.idle)} ({frame.idle.basis})"
    ]
    lines += [f"  {d.name:<18} {_watts(d.watts)} ({d.watts.basis})" for d in frame.devices]
    lines += [f"  label {label:<12} {watts:9.2f} W" for label, watts in frame.by_label()]
    lines += [f"  in {name:<15} {watts:9.2f} W" for name, watts in frame.by_container()[:5]]
    lines.append(f"{'PID':>8} {'CORES':>6} {'WATTS':>8}  {'90% INTERVAL':<18} {'LABEL':<12} NAME")
    for row in frame.rows[:rows]:
        low, high = row.watts.low or 0.0, row.watts.high or 0.0
        pid = str(row.pid) if row.pid else "-"
        lines.append(
            f"{pid:>8} {row.cores:6.2f} {row.watts.value or 0.0:8.2f}  "
            f"{f'{low:.2f} to {high:.2f}':<18} {row.label:<12} {row.name}"
        )
    basis = frame.rows[0].watts if frame.rows else None
    if basis is not None:
        lines.append(f"{basis.basis}: {basis.source.split('; ')[0]}; idle charged to nobody")
    return "\n".join(lines)


def plain(frame: Frame, rows: int) -> dict[str, Any]:
    """The frame as plain data."""
    return {
        "seconds": frame.seconds,
        "busy_cores": frame.busy_cores,
        "idle_w": frame.idle.to_dict(),
        "devices": {d.name: d.watts.to_dict() for d in frame.devices},
        "labels": dict(frame.by_label()),
        "containers": dict(frame.by_container()),
        "processes": [
            {
                "pid": row.pid, "name": row.name, "label": row.label,
                "container": row.container, "cores": row.cores,
                "watts": row.watts.to_dict(),
            }
            for row in frame.rows[:rows]
        ],
    }  # fmt: skip


def _watts(figure: Figure) -> str:
    if figure.value is None:
        return f"unknown: {figure.reason}"
    return f"{figure.value:9.2f} W, {figure.low:.2f} to {figure.high:.2f}"
