"""Picture: quality against energy per request, with intervals both ways, as static SVG."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from modicum.report.axes import Axis, energy_axis, quality_axis
from modicum.report.labels import Box, Label, Layout
from modicum.report.markup import Html, clean, el, join, short
from modicum.report.numbers import tick
from modicum.report.view import View, energy_of
from modicum.report.words import STATES, state

_FEW = 9  # candidates up to which long names leave a picture readable
Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a picture, in pixels at its usual scale."""

    key: str
    width: float
    height: float
    left: float
    size: float
    ticks: int
    longest: int
    top: float = 34.0
    right: float = 14.0
    bottom: float = 48.0


WIDE = Frame("wide", 880, 470, 58, 13, 9, 30)
NARROW = Frame("narrow", 360, 400, 44, 12, 4, 18)


@dataclass(frozen=True, slots=True)
class Point:
    """A candidate on the picture; each triple is value, low, high."""

    number: int
    name: str
    kind: str
    energy: tuple[float, float, float]
    quality: tuple[float, float, float]


def points(view: View) -> list[Point]:
    """The candidates that have both a loss and an energy above zero."""
    found = []
    for row in view.rows:
        energy = energy_of(row)
        if row.loss is None or energy is None or not energy.value or energy.value < 0:
            continue
        ends = (energy.value, energy.low or 0.0, energy.high or energy.value)
        quality = (1 - row.loss.value, 1 - row.loss.high, 1 - row.loss.low)
        found.append(Point(view.number(row.name), row.name, kind(view, row.name), ends, quality))
    return found


def kind(view: View, name: str) -> str:
    """How a candidate is marked: recommended, reference, or its state."""
    if name == view.decision.recommended:
        return "recommended"
    return "reference" if name == view.decision.reference else state(view.decision.candidate(name))


def picture(view: View, frame: Frame) -> Html:
    """One picture; nothing to draw gives nothing."""
    drawn = points(view)
    if not drawn or view.reference.loss is None:
        return Html("")
    level, margin = 1 - view.reference.loss.value, view.decision.margin
    right, foot = frame.width - frame.right, frame.height - frame.bottom
    x = energy_axis([p.energy for p in drawn], frame.left, right)
    y = quality_axis([p.quality for p in drawn], level, margin, foot, frame.top)
    layout = Layout(Box(frame.left + 3, frame.top + 2, right - 2, foot - 3), frame.size)
    band = _band(view, frame, layout, y, level, right)
    names = _names(view, drawn, frame, layout, x, y)
    return el(
        "svg",
        el(
            "title",
            f"{view.measure.name.capitalize()} against energy per request",
            id=f"t-{frame.key}",
        ),
        el("desc", _description(view, drawn), id=f"d-{frame.key}"),
        _grid(view, frame, x, y),
        band,
        join([_bars(p, x, y) for p in drawn]),
        join([_mark(p, x, y) for p in reversed(drawn)]),
        names,
        class_=f"picture {frame.key}",
        viewBox=f"0 0 {frame.width:g} {frame.height:g}",
        role="img",
        aria_labelledby=f"t-{frame.key} d-{frame.key}",
    )


def _description(view: View, drawn: list[Point]) -> str:
    parts = [
        f"{short(p.name)}: {view.measure.level(p.quality[0])} at {tick(p.energy[0])}, "
        f"{STATES.get(p.kind, p.kind)}"
        for p in drawn
    ]
    return "; ".join(parts) + ". The table below holds the same figures with their intervals."


def _grid(view: View, frame: Frame, x: Axis, y: Axis) -> Html:
    right, foot = frame.width - frame.right, frame.height - frame.bottom
    rows = [
        el("line", class_="grid", x1=frame.left, x2=right, y1=y.at(v), y2=y.at(v))
        + el("text", _level(view, v), class_="tick end", x=frame.left - 7, y=y.at(v) + 4)
        for v in y.ticks(6)
    ]
    columns = [
        el("line", class_="grid", x1=x.at(v), x2=x.at(v), y1=frame.top, y2=foot)
        + el("text", tick(v), class_="tick mid", x=x.at(v), y=foot + 18)
        for v in x.ticks(frame.ticks)
    ]
    across = "← less · energy per request (log scale) · more →"
    titles = el("text", across, class_="axis mid", x=(frame.left + right) / 2, y=frame.height - 8)
    up = f"↑ better · {view.measure.name}"
    return Html("".join([*rows, *columns])) + titles + el("text", up, class_="axis", x=4, y=16)


def _level(view: View, value: float) -> str:
    return f"{value * 100:g}%" if view.measure.percent else f"{value:g}"


def _band(view: View, frame: Frame, layout: Layout, y: Axis, level: float, right: float) -> Html:
    """The reference's level, and the margin under it."""
    top, low = y.at(level), y.at(level - view.decision.margin)
    layout.avoid(Box(frame.left, top - 1, right, top + 1))
    layout.avoid(Box(frame.left, low - 1, right, low + 1))
    return join(
        [
            el(
                "rect",
                class_="band",
                x=frame.left,
                y=top,
                width=right - frame.left,
                height=low - top,
            ),
            el("line", class_="level", x1=frame.left, x2=right, y1=top, y2=top),
            el("line", class_="margin", x1=frame.left, x2=right, y1=low, y2=low),
        ]
    )


def _place(point: Point, x: Axis, y: Axis) -> Place:
    return x.at(point.energy[0]), y.at(point.quality[0])


def _bars(point: Point, x: Axis, y: Axis) -> Html:
    here, there = _place(point, x, y)
    left, right = x.at(max(point.energy[1], x.low)), x.at(point.energy[2])
    foot, top = y.at(point.quality[1]), y.at(point.quality[2])
    if point.quality[0] < y.low:
        return Html("")
    across = el("line", x1=left, x2=right, y1=there, y2=there)
    up = el("line", x1=here, x2=here, y1=foot, y2=top)
    return el("g", across, up, class_=f"bars {point.kind}")


def _mark(point: Point, x: Axis, y: Axis) -> Html:
    here, there = _place(point, x, y)
    if point.quality[0] < y.low:  # below the picture: an arrow at its foot
        tip = f"M{here - 6:.1f} {there - 9:.1f}h12l-6 9z"
        return el("path", d=tip, class_=f"mark {point.kind}")
    return el("g", _SHAPES.get(point.kind, _ring)(here, there), class_=f"mark {point.kind}")


def _ring(x: float, y: float) -> Html:
    return el("circle", cx=x, cy=y, r=5.0)


def _disc(x: float, y: float) -> Html:
    return el("circle", cx=x, cy=y, r=9.0) + el("circle", cx=x, cy=y, r=4.0, class_="heart")


def _diamond(x: float, y: float) -> Html:
    return el("path", d=f"M{x:.1f} {y - 8:.1f}l8 8l-8 8l-8 -8z")


def _cross(x: float, y: float) -> Html:
    return el("path", d=f"M{x - 4.5:.1f} {y - 4.5:.1f}l9 9m0 -9l-9 9")


_SHAPES: dict[str, Callable[[float, float], Html]] = {
    "recommended": _disc,
    "reference": _diamond,
    "no": _cross,
}


def _names(view: View, drawn: list[Point], frame: Frame, layout: Layout, x: Axis, y: Axis) -> Html:
    """Names where there is room, else the number of the table's row."""
    for point in drawn:
        here, there = _place(point, x, y)
        layout.block(Box.around(here, there, 9.5))
        left, right = x.at(max(point.energy[1], x.low)), x.at(point.energy[2])
        layout.avoid(Box(left, there - 1, right, there + 1))
        layout.avoid(Box(here - 1, y.at(point.quality[2]), here + 1, y.at(point.quality[1])))
    weight = {"recommended": 0, "reference": 1, "yes": 2, "undecided": 3}
    full = frame.longest if len(drawn) <= _FEW else frame.longest // 2
    parts = []
    for point in sorted(drawn, key=lambda p: (weight.get(p.kind, 4), p.number)):
        label = layout.place(*_place(point, x, y), _texts(view, point, frame, y, full))
        if label is not None:
            parts.append(_written(point, label, *_place(point, x, y)))
    return join(parts)


def _texts(view: View, point: Point, frame: Frame, y: Axis, full: int) -> list[str]:
    suffix = f" {view.measure.level(point.quality[0])}" if point.quality[0] < y.low else ""
    number = str(point.number)
    if point.kind in ("recommended", "reference"):
        return [short(point.name, frame.longest) + suffix, short(point.name, 14), number]
    if len(point.name) > full:  # cut names look alike: the row's number does not
        return [number + suffix, number]
    return [clean(point.name) + suffix, number]


def _written(point: Point, label: Label, here: float, there: float) -> Html:
    box = label.box
    near_x = min(max(here, box.left), box.right)
    near_y = min(max(there, box.top), box.bottom)
    line = el("line", class_="leader", x1=here, y1=there, x2=near_x, y2=near_y)
    text = el("text", label.text, class_=f"name {point.kind}", x=label.x, y=label.y)
    return (line if label.far else Html("")) + text
