"""Hours: requests by the hour as bars, once wide and once for a phone."""

from __future__ import annotations

from collections.abc import Sequence

from modicum.report.markup import Html, el


def hours(counts: Sequence[tuple[int, int]]) -> Html:
    """(hour since 1970 in UTC, requests), oldest first; the last hour is not over."""
    most = max((count for _, count in counts), default=0)
    last = counts[-1][1] if counts else 0
    say = f"At most {most:,} in an hour; {last:,} in this one so far. Hours are UTC."
    drawn = _bars(counts, 1000.0, "wide", 3) + _bars(counts, 360.0, "narrow", 6)
    return el("figure", drawn, el("figcaption", say))


def _bars(counts: Sequence[tuple[int, int]], width: float, name: str, every: int) -> Html:
    top, height = 90.0, 112.0
    most = max((count for _, count in counts), default=0) or 1
    step = width / max(len(counts), 1)
    parts = []
    for at, (hour, count) in enumerate(counts):
        tall = top * count / most
        if count:
            tall = max(tall, 1.5)
        now = at == len(counts) - 1
        parts.append(
            el(
                "rect",
                x=at * step + 1,
                y=top - tall,
                width=max(step - 2, 1.0),
                height=tall,
                class_="now" if now else None,
            )
        )
        if hour % every == 0:
            parts.append(el("text", f"{hour % 24:02d}", x=at * step + 1, y=height - 4))
    label = f"Requests in each of the last {len(counts)} hours"
    return el(
        "svg",
        *parts,
        class_=f"hours {name}",
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_label=label,
    )
