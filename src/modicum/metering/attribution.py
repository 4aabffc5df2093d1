"""Sharing a device's joules: processes + idle = machine, and nobody pays for a neighbour.

What a device used above its power at rest is shared by CPU time (or, on a GPU, by what the driver
says of each process).  What it used at rest belongs to nobody unless a rule says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, get_args

from modicum.errors import MeterError
from modicum.figures import Figure, total
from modicum.metering.source import DeviceEnergy

IdleRule = Literal["excluded", "by-use", "whole"]
"""Who pays for power at rest.

excluded: nobody; only dynamic energy is charged.
by-use: those who worked, in proportion to their CPU time.
whole: this work alone (the machine is on for nothing else).
"""

BOUNDARIES: dict[str, str] = {
    "excluded": "idle excluded",
    "by-use": "idle shared by CPU time",
    "whole": "all idle included",
}


def checked(rule: str) -> IdleRule:
    """The rule of that name; raises MeterError for one that is none."""
    for known in get_args(IdleRule):
        if rule == known:
            return known  # type: ignore[no-any-return]
    raise MeterError(f"idle rule {rule!r} is not one of {', '.join(get_args(IdleRule))}")


def share_of(mine_s: float, busy_s: float, resolution_s: float) -> Figure:
    """The share of the machine's busy CPU seconds that is mine, in [0, 1].

    The machine's seconds come in ticks and the process's do not, so a short window knows its
    share only within a tick per processor.

    >>> share_of(1.0, 4.0, 0.0).value
    0.25
    """
    busy = max(busy_s, mine_s)
    value = mine_s / busy if busy > 0 else 0.0
    low = mine_s / (busy + resolution_s) if busy + resolution_s > 0 else 0.0
    high = mine_s / max(busy - resolution_s, mine_s) if mine_s > 0 else 0.0
    return Figure.of(
        value, min(low, value), max(high, value), "1", basis="measured",
        source="CPU time", boundary="share of the machine's busy CPU time",
    )  # fmt: skip


def split(device_j: Figure, idle_w: Figure, seconds: float) -> tuple[Figure, Figure]:
    """A device's joules as (dynamic, idle); they add up to it exactly.

    Power at rest is never more than the mean power seen: where the model says more, the
    device's own reading wins.
    """
    if device_j.value is None or idle_w.value is None:
        return device_j, Figure.unknown("J", device_j.reason or idle_w.reason or "unknown")
    idle = idle_w * Figure.exact(seconds, "s", basis="measured", source="clock", boundary="")
    dynamic = device_j - idle
    if dynamic.low is None or dynamic.value is None or dynamic.high is None:
        return dynamic, idle
    if dynamic.low >= 0.0:
        return dynamic, idle
    value = max(0.0, dynamic.value)
    dynamic = Figure.of(
        value, 0.0, max(dynamic.high, value, 0.0), "J",
        basis=dynamic.basis, source=dynamic.source, boundary=device_j.boundary,
    )  # fmt: skip
    return dynamic, device_j - dynamic


def charged(
    device_j: Figure, idle_w: Figure, share: Figure, seconds: float, rule: IdleRule
) -> Figure:
    """What one user of a device is charged, given its share of the work and the idle rule."""
    if not device_j.known:
        return device_j
    if rule == "by-use":
        mine = device_j * share
    else:
        dynamic, idle = split(device_j, idle_w, seconds)
        mine = dynamic * share
        if rule == "whole":
            mine = mine + idle
    return mine.relabel(
        boundary=f"{device_j.boundary}, share of the process tree; {BOUNDARIES[rule]}"
    )


def without_double(devices: Sequence[DeviceEnergy]) -> list[DeviceEnergy]:
    """The same devices, so that every joule is in one of them.

    A meter of the whole machine contains its processors and memory, which then do not count; GPUs
    are shared by other means than CPU time, so they stay and are taken off the machine.
    """
    whole = next(
        (d for d in devices if d.kind == "machine" and d.in_total and d.energy_j.known), None
    )
    if whole is None:
        return list(devices)
    gpus = [d for d in devices if d.kind == "gpu" and d.in_total and d.energy_j.known]
    kept = [d if d.kind == "gpu" else replace(d, in_total=False) for d in devices if d is not whole]
    if gpus:
        rest = whole.energy_j - total(d.energy_j for d in gpus)
        whole = replace(whole, device=f"{whole.device} without GPUs", energy_j=_not_negative(rest))
    return [whole, *kept]


def _not_negative(figure: Figure) -> Figure:
    """A GPU's own counter and a wall meter disagree by a little: energy is never below zero."""
    if figure.low is None or figure.value is None or figure.high is None or figure.low >= 0:
        return figure
    value = max(0.0, figure.value)
    return Figure.of(
        value, 0.0, max(value, figure.high), figure.unit, basis=figure.basis,
        source=figure.source, boundary=figure.boundary,
    )  # fmt: skip
