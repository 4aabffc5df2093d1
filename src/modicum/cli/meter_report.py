"""What `modicum meter` says: the contract of FILE.json, and the table for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modicum.errors import MeterError

if TYPE_CHECKING:
    from modicum.carbon import Footprint
    from modicum.figures import Figure
    from modicum.metering import Reading
    from modicum.metering.command import Command

_UNITS = {"J": ((3.6e6, "kWh"), (3.6e3, "Wh"), (1.0, "J"), (1e-3, "mJ"),
                (1e-6, "uJ")),
          "gCO2e": ((1e3, "kgCO2e"), (1.0, "gCO2e"), (1e-3, "mgCO2e"), (1e-6, "ugCO2e")),
          "L": ((1.0, "L"), (1e-3, "mL"), (1e-6, "uL"))}  # fmt: skip


def parse_unit(text: str | None) -> tuple[float, str] | None:
    """A count and a functional unit; raises MeterError.

    >>> parse_unit("1000 request")
    (1000.0, 'request')
    """
    if text is None:
        return None
    count, _, unit = text.strip().partition(" ")
    try:
        number = float(count)
    except ValueError:
        number = 0.0
    if not number > 0 or not unit.isidentifier():
        raise MeterError(f"--per {text!r} is no functional unit: write for example '1000 request'")
    return number, unit


def per_unit(used: Footprint, unit: tuple[float, str], name: str) -> dict[str, Figure]:
    """Energy and carbon of one functional unit; SCI (ISO/IEC 21031) needs the embodied part."""
    from modicum.carbon.sci import Sci

    count, what = unit
    rated = Sci(used.carbon_g, used.embodied_g, what, count, f"one run of {name}")
    return {"energy": used.energy_j.per(what, count), "sci": rated.rate}


def contract(
    reading: Reading,
    command: Command,
    used: Footprint,
    labels: dict[str, str],
    unit: tuple[float, str] | None = None,
) -> dict[str, Any]:
    """What FILE.json holds."""
    head = {
        "schema": "modicum.meter/1",
        "command": list(command.argv),
        "exit_code": command.exit_code,
        "labels": labels,
    }
    read = reading.to_dict() | {"processes": _processes(reading, command)}
    rest: dict[str, Any] = {}
    if unit is not None:
        figures = per_unit(used, unit, reading.name)
        rest["per_unit"] = {name: figure.to_dict() for name, figure in figures.items()}
    return head | read | used.to_dict() | rest


def table(
    reading: Reading,
    command: Command | None,
    used: Footprint,
    unit: tuple[float, str] | None = None,
) -> str:
    """The figures for a person, one a line: value, 90% interval, basis, source."""
    from modicum.carbon import equivalent

    rows = [("energy", used.energy_j)]
    rows += [(f"  {d.device}" + ("" if d.in_total else " *"), d.energy_j) for d in reading.devices]
    rows += [("carbon", used.carbon_g)]
    rows += [("carbon, market", used.carbon_market_g)] if used.carbon_market_g.known else []
    rows += [("carbon, making", used.embodied_g)] if used.embodied_g.known else []
    rows += [("water", used.water_l), ("cost", used.cost)]
    if unit is not None:
        both = per_unit(used, unit, reading.name)
        rows += [(f"{name} a {unit[1]}", figure) for name, figure in both.items()]
    lines = [f"modicum meter: {reading.name}"]
    lines += [f"  {name:<16} {_shown(figure)}" for name, figure in rows]
    many = _processes(reading, command)
    ended = f", exit {command.exit_code}" if command is not None else ""
    lines.append(
        f"  {'time':<16} {reading.wall_seconds:.3f} s wall, {reading.cpu_seconds:.3f} CPU-s, "
        f"{many} process{'es' if many > 1 else ''} seen{ended}"
    )
    for device in reading.devices:
        if device.kind == "gpu" and device.share is not None and device.share.value is not None:
            lines.append(
                f"  {device.device + ' use':<16} {device.share.value:.0%} of its joules above rest"
            )
    if used.energy_j.known:
        lines.append(f"  {'about':<16} {equivalent(used.energy_j)}")
    if any(not d.in_total for d in reading.devices):
        lines.append("  * is inside another device, or was replaced: not added again")
    if command is not None and command.alive:
        lines.append("  note: processes it left behind still run; counted up to now")
    lines += [f"  note: {note}" for note in reading.notes]
    lines.append(f"  counted: {used.energy_j.boundary}")
    sources = "; ".join(figure.source for _, figure in rows).split("; ")
    lines += ["  sources:", *(f"    {source}" for source in dict.fromkeys(sources) if source)]
    return "\n".join(lines) + "\n"


def _shown(figure: Figure) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return f"unknown: {figure.reason}"
    base, slash, rest = figure.unit.partition("/")
    steps = _UNITS.get(base, ((1.0, base),))
    scale, unit = next((step for step in steps if abs(figure.value) >= step[0]), steps[-1])
    unit += slash + rest
    value, low, high = (x / scale for x in (figure.value, figure.low, figure.high))
    return f"{value:9.3g} {unit:<7} {low:8.3g} to {high:<8.3g} {figure.basis}"


def _processes(reading: Reading, command: Command | None) -> int:
    """At least so many: those a dead parent reaped left their time, not their number."""
    return max(1, reading.processes, len(command.reaped) if command is not None else 0)
