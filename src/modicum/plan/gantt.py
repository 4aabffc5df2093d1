"""A picture of a schedule: one row a site; a bar for each job, or the load where they are many."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modicum.plan.instance import Floats, Instance, Slot

_WIDE, _LEFT, _BAR, _LOAD, _GAP = 900, 150, 16, 60, 12
_FEW = 60
"""Up to this many jobs each has its own bar with its name."""


def gantt_svg(instance: Instance, schedule: Sequence[Slot]) -> str:
    """The schedule by hour over the grid's intensity as shade: the browner, the dirtier."""
    few = len(schedule) <= _FEW
    step = (_WIDE - _LEFT) / instance.horizon
    dirtiest = max(float(s.intensity[: instance.horizon].max()) for s in instance.sites) or 1.0
    top, parts = 30, []
    for p, site in enumerate(instance.sites):
        lanes = _lanes(schedule, p) if few else []
        tall = max(1, len(lanes)) * _BAR if few else _LOAD
        name = f"{site.region}, {site.machine.name}"
        parts.append(f'<text x="4" y="{top + tall / 2 + 4:.0f}">{escape(name)}</text>')
        parts += _shade(site.intensity[: instance.horizon] / dirtiest, top, tall, step)
        for n, lane in enumerate(lanes):
            parts += [_bars(instance, schedule, j, top + n * _BAR, step) for j in lane]
        if not few:
            parts += _load(instance, schedule, p, top, step)
        top += tall + _GAP
    what = "each bar a job" if few else "bars are machines in use"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {top + 22}" role="img" '
        f'font-family="sans-serif" font-size="11"><title>Schedule of {len(schedule)} jobs</title>'
        f'<text x="{_LEFT}" y="16">By hour, {what}; the browner, the dirtier the grid</text>'
        f"{''.join(parts)}{_axis(instance.horizon, top, step)}</svg>"
    )


def _lanes(schedule: Sequence[Slot], site: int) -> list[list[int]]:
    """Jobs of one site in as few rows as need be, none over another."""
    lanes: list[list[int]] = []
    here = [j for j, s in enumerate(schedule) if s.site == site]
    for j in sorted(here, key=lambda j: schedule[j].hours[0]):
        for lane in lanes:
            if schedule[lane[-1]].hours[-1] < schedule[j].hours[0]:
                lane.append(j)
                break
        else:
            lanes.append([j])
    return lanes


def _bars(instance: Instance, schedule: Sequence[Slot], j: int, top: float, step: float) -> str:
    """The stretches of one job, its name on the first."""
    name, parts = escape(instance.jobs[j].name), []
    for first, last in _stretches(schedule[j].hours):
        parts.append(
            f'<rect x="{_LEFT + first * step:.1f}" y="{top + 1:.1f}" '
            f'width="{(last - first + 1) * step - 1:.1f}" height="{_BAR - 3}" rx="2" '
            f'fill="rgb(40,90,160)"><title>{name}</title></rect>'
        )
    x = _LEFT + schedule[j].hours[0] * step + 2
    return "".join(parts) + f'<text x="{x:.1f}" y="{top + 11:.1f}" fill="white">{name}</text>'


def _stretches(hours: Sequence[int]) -> list[tuple[int, int]]:
    """First and last hour of each unbroken run."""
    found: list[tuple[int, int]] = []
    for h in hours:
        if found and found[-1][1] == h - 1:
            found[-1] = (found[-1][0], h)
        else:
            found.append((h, h))
    return found


def _shade(share: Floats, top: float, tall: float, step: float) -> list[str]:
    return [
        f'<rect x="{_LEFT + h * step:.1f}" y="{top}" width="{step:.2f}" height="{tall}" '
        f'fill="rgb(180,120,60)" opacity="{0.1 + 0.5 * dirt:.2f}"/>'
        for h, dirt in enumerate(share.tolist())
    ]


def _load(
    instance: Instance, schedule: Sequence[Slot], site: int, top: float, step: float
) -> list[str]:
    busy = [0] * instance.horizon
    for slot in schedule:
        for h in slot.hours if slot.site == site else ():
            busy[h] += 1
    most = instance.sites[site].machines
    return [
        f'<rect x="{_LEFT + h * step:.1f}" y="{top + _LOAD * (1 - n / most):.1f}" '
        f'width="{step:.2f}" height="{_LOAD * n / most:.1f}" fill="rgb(40,90,160)"/>'
        for h, n in enumerate(busy)
    ]


def _axis(hours: int, top: float, step: float) -> str:
    every = 24 if hours > 48 else 6
    return "".join(
        f'<text x="{_LEFT + h * step:.1f}" y="{top + 6}">{h} h</text>'
        for h in range(0, hours + 1, every)
        if h < hours
    )
