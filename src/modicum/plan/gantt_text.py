"""A schedule as text for a terminal: one line a job, or one a site where they are many."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from modicum.plan.gantt import load_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modicum.plan.instance import Instance, Slot

_NAME = 16
_FEW = 24
"""Up to this many jobs each has its own line."""

_LEVELS = " \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"


def gantt_text(instance: Instance, schedule: Sequence[Slot], wide: int = 80) -> str:
    """The schedule by hour in `wide` columns, over each grid from clean (low) to dirty (high)."""
    columns = min(wide - _NAME - 1, instance.horizon)
    dirtiest = max(float(s.intensity[: instance.horizon].max()) for s in instance.sites) or 1.0
    lines = [
        f"By hour; beside a region its grid, the higher the dirtier (\u2588 {dirtiest:,.0f} g/kWh)"
    ]
    kinds = {s.machine.name for s in instance.sites}
    for p, site in enumerate(instance.sites):
        name = site.region if len(kinds) == 1 else f"{site.region}, {site.machine.name}"
        grid = [g / dirtiest for g in site.intensity[: instance.horizon].tolist()]
        lines.append(_line(name, _bins(grid, columns)))
        if len(schedule) > _FEW:
            busy = [n / site.machines for n in load_of(instance, schedule, p)]
            lines.append(_line("  machines used", _bins(busy, columns)))
        else:
            here = [j for j, s in enumerate(schedule) if s.site == p]
            for j in sorted(here, key=lambda j: schedule[j].hours[0]):
                runs = [float(h in schedule[j].hours) for h in range(instance.horizon)]
                lines.append(_line(f"  {instance.jobs[j].name}", _bins(runs, columns, most=True)))
    return "\n".join([*lines, _axis(instance.horizon, columns)])


def _bins(values: Sequence[float], columns: int, *, most: bool = False) -> list[float]:
    """Values in so many columns: the mean of each, or its largest."""
    edges = [len(values) * c // columns for c in range(columns + 1)]
    parts = [values[a:b] for a, b in itertools.pairwise(edges)]
    return [max(part) if most else sum(part) / len(part) for part in parts]


def _line(name: str, shares: Sequence[float]) -> str:
    short = name if len(name) <= _NAME else name[: _NAME - 1] + "\u2026"
    bars = "".join(_LEVELS[min(8, max(0, round(8 * s)))] for s in shares)
    return f"{short:<{_NAME}} {bars}".rstrip()


def _axis(hours: int, columns: int) -> str:
    every = 24 if hours > 48 else 6
    line = [" "] * (columns + 8)
    for h in range(0, hours, every):
        at = columns * h // hours
        line[at : at + len(f"{h} h")] = f"{h} h"
    return " " * (_NAME + 1) + "".join(line)[:columns].rstrip()
