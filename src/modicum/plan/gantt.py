"""A picture of a schedule: one row a site; a bar for each job, or the load where they are many."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modicum.plan.instance import Floats, Instance, Slot

_WIDE, _LEFT, _RIGHT, _BAR, _LOAD, _GAP = 900, 150, 22, 18, 60, 12
_FEW = 60
"""Up to this many jobs each has its own bar with its name."""

_LETTER = 6.3
"""Width of a letter of 11 pixels, so that a name is put beside a bar that is too short for it."""

_SHADES = 8
"""Steps of the grid's shade; hours of one step are one rectangle."""

_STYLE = (
    "<style>.paper{fill:#fff}.ink{fill:#1b1b1b}.faint{fill:#5c5c5c}.job{fill:#28509f}"
    ".grid{fill:#b4783c}.line{stroke:#8a8a8a}"
    "@media (prefers-color-scheme:dark){.paper{fill:#17181a}.ink{fill:#ececec}"
    ".faint{fill:#a9a9a9}.job{fill:#6f9cf0}.in{fill:#10141c}.grid{fill:#d08a45}}</style>"
)
"""Colours of its own on paper of its own, so that it reads on a light page and on a dark one."""


def gantt_svg(instance: Instance, schedule: Sequence[Slot]) -> str:
    """The schedule by hour over the grid's intensity as shade: the browner, the dirtier."""
    few = len(schedule) <= _FEW
    step = (_WIDE - _LEFT - _RIGHT) / instance.horizon
    dirtiest = max(float(s.intensity[: instance.horizon].max()) for s in instance.sites) or 1.0
    top, parts = 34, []
    for p, site in enumerate(instance.sites):
        lanes = lanes_of(schedule, p) if few else []
        tall = max(1, len(lanes)) * _BAR if few else _LOAD
        parts += _label(instance, p, top, tall)
        parts += _shade(site.intensity[: instance.horizon] / dirtiest, top, tall, step)
        for n, lane in enumerate(lanes):
            parts += [_bars(instance, schedule, lane, k, top + n * _BAR, step) for k in lane]
        if not few:
            parts += _load(instance, schedule, p, top, step)
        top += tall + _GAP
    what = "each bar a job" if few else "bars are machines in use"
    told = f"By hour, {what}; the browner, the dirtier the grid (darkest: {dirtiest:,.0f} g/kWh)"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {top + 26}" role="img" '
        f'font-family="sans-serif" font-size="11"><title>Schedule of {len(schedule)} jobs</title>'
        f'{_STYLE}<rect class="paper" width="{_WIDE}" height="{top + 26}"/>'
        f'<text class="ink" x="{_LEFT}" y="18">{told}</text>'
        f"{''.join(parts)}{_axis(instance.horizon, top - _GAP, step)}</svg>"
    )


def lanes_of(schedule: Sequence[Slot], site: int) -> list[list[int]]:
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


def stretches(hours: Sequence[int]) -> list[tuple[int, int]]:
    """First and last hour of each unbroken run.

    >>> stretches((1, 2, 5))
    [(1, 2), (5, 5)]
    """
    found: list[tuple[int, int]] = []
    for h in hours:
        if found and found[-1][1] == h - 1:
            found[-1] = (found[-1][0], h)
        else:
            found.append((h, h))
    return found


def _label(instance: Instance, site: int, top: float, tall: float) -> list[str]:
    here = instance.sites[site]
    middle = top + tall / 2
    count = f"{here.machines} machine{'s' if here.machines > 1 else ''}"
    name = _cut(f"{here.region}, {here.machine.name}", _LEFT - 12)
    above = middle + (4 if tall < 2 * _BAR else -2)
    told = [f'<text class="ink" x="6" y="{above:.0f}">{escape(name)}</text>']
    if tall >= 2 * _BAR:
        told.append(f'<text class="faint" x="6" y="{middle + 12:.0f}">{count}</text>')
    return told


def _bars(
    instance: Instance, schedule: Sequence[Slot], lane: list[int], j: int, top: float, step: float
) -> str:
    """The stretches of one job, its name inside the first, or beside it where there is room."""
    name, parts, runs = instance.jobs[j].name, [], stretches(schedule[j].hours)
    for first, last in runs:
        parts.append(
            f'<rect class="job" x="{_LEFT + first * step:.1f}" y="{top + 1:.1f}" '
            f'width="{max(1.0, (last - first + 1) * step - 1):.1f}" height="{_BAR - 3}" rx="2">'
            f"<title>{escape(_told(name, schedule[j]))}</title></rect>"
        )
    first, last = runs[0]
    inside = (last - first + 1) * step - 6
    if _LETTER * len(name) <= inside:
        return "".join(parts) + _text("in", _LEFT + first * step + 3, top, name, white=True)
    starts = [schedule[k].hours[0] for k in lane] + [r[0] for r in runs]
    after = min((s for s in starts if s > last), default=instance.horizon)
    short = _cut(name, (after - last - 1) * step - 4)
    beside = _text("ink", _LEFT + (last + 1) * step + 2, top, short) if len(short) > 1 else ""
    return "".join(parts) + beside


def _told(name: str, slot: Slot) -> str:
    runs = ", ".join(f"{a} to {b + 1} h" for a, b in stretches(slot.hours))
    return f"{name}: {runs}"


def _text(kind: str, x: float, top: float, text: str, *, white: bool = False) -> str:
    fill = ' fill="white"' if white else ""
    return f'<text class="{kind}" x="{x:.1f}" y="{top + 12:.1f}"{fill}>{escape(text)}</text>'


def _cut(text: str, wide: float) -> str:
    """As much of a text as a width holds."""
    fits = int(wide / _LETTER)
    return text if len(text) <= fits else f"{text[: max(0, fits - 1)]}\u2026"


def _shade(share: Floats, top: float, tall: float, step: float) -> list[str]:
    """Hours of one shade as one rectangle, so that no seams show between them."""
    levels = (share * _SHADES).round().astype(int).tolist()
    parts, start = [], 0
    for h in range(1, len(levels) + 1):
        if h == len(levels) or levels[h] != levels[start]:
            dirt = 0.08 + 0.55 * levels[start] / _SHADES
            parts.append(
                f'<rect class="grid" x="{_LEFT + start * step:.2f}" y="{top}" '
                f'width="{(h - start) * step:.2f}" height="{tall}" opacity="{dirt:.2f}" '
                'shape-rendering="crispEdges"/>'
            )
            start = h
    return parts


def _load(
    instance: Instance, schedule: Sequence[Slot], site: int, top: float, step: float
) -> list[str]:
    """Machines in use, as one outline."""
    busy, most = load_of(instance, schedule, site), instance.sites[site].machines
    path = [f"M{_LEFT} {top + _LOAD}"]
    for h, n in enumerate(busy):
        y = top + _LOAD * (1 - n / most)
        path.append(f"L{_LEFT + h * step:.1f} {y:.1f}L{_LEFT + (h + 1) * step:.1f} {y:.1f}")
    path.append(f"L{_LEFT + len(busy) * step:.1f} {top + _LOAD}Z")
    return [f'<path class="job" d="{"".join(path)}" shape-rendering="crispEdges"/>']


def load_of(instance: Instance, schedule: Sequence[Slot], site: int) -> list[int]:
    """Machines in use at a site by hour."""
    busy = [0] * instance.horizon
    for slot in schedule:
        for h in slot.hours if slot.site == site else ():
            busy[h] += 1
    return busy


def _axis(hours: int, top: float, step: float) -> str:
    every = 24 if hours > 48 else 6
    return "".join(
        f'<path class="line" d="M{_LEFT + h * step:.1f} {top + 2}v5"/>'
        f'<text class="faint" x="{_LEFT + h * step:.1f}" y="{top + 19}" text-anchor="middle">'
        f"{h} h</text>"
        for h in range(0, hours + 1, every)
    )
