"""Numbers as people read them: few digits, a fitting prefix, the unit and the interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modicum.decision.document import FigureDocument
    from modicum.figures import Figure

_JOULE = (("nJ", 1e-9), ("µJ", 1e-6), ("mJ", 1e-3), ("J", 1.0), ("kJ", 1e3), ("MJ", 1e6))
_HOUR = (("µWh", 1e-9), ("mWh", 1e-6), ("Wh", 1e-3), ("kWh", 1.0), ("MWh", 1e3), ("GWh", 1e6))
_GRAM = (("ng", 1e-9), ("µg", 1e-6), ("mg", 1e-3), ("g", 1.0), ("kg", 1e3), ("t", 1e6))
_LITRE = (("nL", 1e-9), ("µL", 1e-6), ("mL", 1e-3), ("L", 1.0), ("m³", 1e3))
_SECOND = (("ms", 1e-3), ("s", 1.0), ("min", 60.0), ("h", 3600.0), ("d", 86400.0))
_COUNT = (("", 1.0), ("million", 1e6), ("billion", 1e9))

_WATT_HOURS_FROM_J = 3.6e5  # joules from which energy is easier to picture in watt-hours
_WIDE = 0.1  # relative half-width above which a third digit says nothing
_MOST_DIGITS = 7

Ladder = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A quantity ready to read: every part has the same unit."""

    value: str
    low: str
    high: str
    unit: str

    @property
    def interval(self) -> str:
        """The interval, or nothing where the figure is exact."""
        return "" if self.low == self.high else f"{self.low} to {self.high}"

    def __str__(self) -> str:
        body = f"{self.value} {self.unit}".strip()
        return f"{body} ({self.interval})" if self.interval else body


def significant(number: float, digits: int = 3) -> str:
    """A number with that many significant digits, without an exponent where it can be avoided.

    >>> significant(0.012345), significant(1234567.0), significant(0.0)
    ('0.0123', '1,230,000', '0')
    """
    if number == 0 or not math.isfinite(number):
        return "0" if number == 0 else str(number)
    place = digits - 1 - math.floor(math.log10(abs(number)))
    rounded = round(number, place)
    if rounded and abs(rounded) < 1e-6:
        return f"{rounded:.{digits - 1}e}"
    place = digits - 1 - math.floor(math.log10(abs(rounded))) if rounded else 0
    return f"{rounded:,.{max(place, 0)}f}"


def show(figure: FigureDocument | Figure, times: float = 1.0, unit: str = "") -> Shown | None:
    """The figure with a fitting prefix; None where it is unknown.

    `times` and `unit` name another functional unit, for example a million requests.

    >>> from modicum.figures import Figure
    >>> energy = Figure.of(0.0123, 0.0041, 0.037, "J/request", basis="modelled", source="",
    ...                    boundary="")
    >>> str(show(energy))
    '12 mJ (4.1 to 37)'
    """
    if figure.value is None or figure.low is None or figure.high is None:
        return None
    ends = tuple(x * times for x in (figure.value, figure.low, figure.high))
    ladder, suffix = _ladder(figure.unit.split("/")[0], max(abs(x) for x in ends))
    name, size = _step(ladder, abs(ends[0]) or max(abs(x) for x in ends))
    value, low, high = (x / size for x in ends)
    digits = 2 if high - low > 2 * _WIDE * abs(value) else 3
    texts = [significant(x, digits) for x in (value, low, high)]
    while texts[1] == texts[2] and low < high and digits < _MOST_DIGITS:
        digits += 1  # an interval that is narrow is not none
        texts = [significant(x, digits) for x in (value, low, high)]
    return Shown(texts[0], texts[1], texts[2], " ".join(p for p in (name, suffix, unit) if p))


def tick(joules: float) -> str:
    """A tick of the energy axis.

    >>> tick(0.01), tick(20.0)
    ('10 mJ', '20 J')
    """
    name, size = _step(_JOULE, joules * (1 + 1e-9))
    return f"{joules / size:g} {name}"


def _ladder(unit: str, largest: float) -> tuple[Ladder, str]:
    """The steps of a unit, sizes in that unit, and what follows the prefixed symbol."""
    if unit == "J" and largest >= _WATT_HOURS_FROM_J:
        return tuple((n, s * 3.6e6) for n, s in _HOUR), ""
    known: dict[str, tuple[Ladder, float, str]] = {
        "J": (_JOULE, 1.0, ""),
        "kWh": (_HOUR, 1.0, ""),
        "gCO2e": (_GRAM, 1.0, "CO₂e"),
        "kgCO2e": (_GRAM, 1e-3, "CO₂e"),
        "tCO2e": (_GRAM, 1e-6, "CO₂e"),
        "L": (_LITRE, 1.0, ""),
        "s": (_SECOND, 1.0, ""),
        "request": (_COUNT, 1.0, "requests"),
        "month": ((("", 1.0),), 1.0, "months"),
    }
    if unit not in known:
        return ((("" if unit == "1" else unit), 1.0),), ""
    ladder, scale, suffix = known[unit]
    return tuple((n, s * scale) for n, s in ladder), suffix


def _step(ladder: Ladder, size: float) -> tuple[str, float]:
    """The largest step that leaves at least one, else the smallest."""
    fitting = [step for step in ladder if size >= step[1]]
    return fitting[-1] if fitting else ladder[0]


def seconds(duration: float) -> str:
    """A duration.

    >>> seconds(94.0), seconds(0.25), seconds(7300.0)
    ('1.6 min', '250 ms', '2.0 h')
    """
    name, size = _step(_SECOND, duration)
    return f"{significant(duration / size, 2)} {name}"


def milliseconds(duration: float) -> str:
    """A latency given in milliseconds.

    >>> milliseconds(0.043), milliseconds(1520.0)
    ('43 µs', '1.5 s')
    """
    ladder = (("ns", 1e-6), ("µs", 1e-3), ("ms", 1.0), ("s", 1e3))
    name, size = _step(ladder, duration)
    return f"{significant(duration / size, 2)} {name}"
