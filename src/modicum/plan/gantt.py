"""A picture of a schedule: one row a site; bars of jobs, or the load where they are many."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modicum.plan.place import Instance, Slot

_WIDE, _ROW, _LEFT = 900, 60, 130


def gantt_svg(instance: Instance, schedule: Sequence[Slot]) -> str:
    """Machines in use by hour as bars over the grid's intensity as shade."""
    import numpy as np

    load = np.zeros((len(instance.sites), instance.horizon))
    for slot in schedule:
        load[slot.site, list(slot.hours)] += 1
    step = (_WIDE - _LEFT) / instance.horizon
    dirtiest = max(float(s.intensity[: instance.horizon].max()) for s in instance.sites)
    parts = []
    for p, site in enumerate(instance.sites):
        top = p * (_ROW + 10) + 30
        parts.append(f'<text x="4" y="{top + _ROW / 2:.0f}">{escape(site.region)}</text>')
        for h in range(instance.horizon):
            shade = site.intensity[h] / dirtiest
            x, tall = _LEFT + h * step, _ROW * min(1.0, load[p, h] / site.machines)
            parts.append(
                f'<rect x="{x:.1f}" y="{top}" width="{step:.2f}" height="{_ROW}" '
                f'fill="rgb(180,120,60)" opacity="{0.1 + 0.5 * shade:.2f}"/>'
                f'<rect x="{x:.1f}" y="{top + _ROW - tall:.1f}" width="{step:.2f}" '
                f'height="{tall:.1f}" fill="rgb(40,90,160)"/>'
            )
    tall = len(instance.sites) * (_ROW + 10) + 50
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {tall}" '
        'font-family="sans-serif" font-size="11">'
        f'<text x="{_LEFT}" y="16">Machines in use by hour (blue); the browner, the dirtier the '
        f"grid</text>{''.join(parts)}"
        f'<text x="{_LEFT}" y="{tall - 6}">{instance.horizon} hours</text></svg>'
    )
