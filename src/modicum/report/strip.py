"""Strip: one difference as a small picture, its interval against zero and the margin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.report.axes import Axis
from modicum.report.markup import Html, el
from modicum.report.view import View

if TYPE_CHECKING:
    from modicum.decision.document import IntervalDocument

_SPAN = 2.5  # margins to either side of zero


def strip(interval: IntervalDocument, margin: float) -> Html:
    """A row's picture, without words: the numbers stand beside it."""
    axis = _axis(interval, margin, 3.0, 107.0)
    return el(
        "svg",
        *_drawn(interval, margin, axis, 18.0, 3.5),
        class_="strip",
        viewBox="0 0 110 18",
        aria_hidden="true",
        focusable="false",
    )


def gauge(view: View, interval: IntervalDocument, margin: str) -> Html:
    """The same, large, with words under its marks."""
    axis = _axis(interval, view.decision.margin, 4.0, 296.0)
    words = [
        el("text", "better", x=4.0, y=52.0),
        el("text", "same", x=axis.at(0.0), y=52.0, class_="mid"),
        el("text", margin, x=axis.at(view.decision.margin), y=52.0, class_="mid limit"),
        el("text", "worse", x=296.0, y=52.0, class_="end"),
    ]
    return el(
        "svg",
        *_drawn(interval, view.decision.margin, axis, 34.0, 6.0),
        *words,
        class_="strip gauge",
        viewBox="0 0 300 58",
        aria_hidden="true",
        focusable="false",
    )


def _axis(interval: IntervalDocument, margin: float, start: float, end: float) -> Axis:
    """Zero in the middle; a margin of nothing leaves the interval itself to set the scale."""
    reach = _SPAN * margin or 1.2 * max(abs(interval.low), abs(interval.high)) or 1.0
    return Axis(-reach, reach, start, end)


def _drawn(
    interval: IntervalDocument, margin: float, axis: Axis, height: float, radius: float
) -> list[Html]:
    zero, edge, middle = axis.at(0.0), axis.at(margin), height / 2
    left, right = axis.at(interval.low), axis.at(interval.high)
    return [
        el("rect", class_="good", x=axis.start, y=2.0, width=edge - axis.start, height=height - 4),
        el("line", class_="zero", x1=zero, x2=zero, y1=2.0, y2=height - 2),
        el("line", class_="edge", x1=edge, x2=edge, y1=0.0, y2=height),
        el("line", class_="span", x1=left, x2=right, y1=middle, y2=middle),
        _mark(interval.value, axis, middle, radius),
    ]


def _mark(value: float, axis: Axis, middle: float, radius: float) -> Html:
    """A dot, or an arrow where the value lies beyond the picture."""
    if axis.low <= value <= axis.high:
        return el("circle", cx=axis.at(value), cy=middle, r=radius)
    reach = 1.6 * radius if value > axis.high else -1.6 * radius
    start = axis.at(value) - reach
    tip = f"M{start:.1f} {middle - radius:.1f}l{reach:.1f} {radius:.1f}l{-reach:.1f} {radius:.1f}z"
    return el("path", d=tip)
