"""The units figures come in, and the small algebra between them.

A unit is written as symbols joined by `*` and `/`, for example `gCO2e/kWh` or `J/request`.  Symbols
of the same dimension cancel with their factor; a symbol that is not in the table is a dimension of
its own (`request`, `token`, `EUR`), so nothing is ever added across them by accident.

Factors: SI and the watt-hour (BIPM, The International System of Units, 9th edition, 2019).
"""

from __future__ import annotations

from functools import lru_cache

from modicum.errors import FigureError

# symbol -> (dimension, size in the dimension's base symbol)
_TABLE: dict[str, tuple[str, float]] = {
    "J": ("J", 1.0),
    "kJ": ("J", 1e3),
    "MJ": ("J", 1e6),
    "Wh": ("J", 3.6e3),
    "kWh": ("J", 3.6e6),
    "MWh": ("J", 3.6e9),
    "GWh": ("J", 3.6e12),
    "TWh": ("J", 3.6e15),
    "W": ("W", 1.0),
    "kW": ("W", 1e3),
    "MW": ("W", 1e6),
    "s": ("s", 1.0),
    "ms": ("s", 1e-3),
    "min": ("s", 60.0),
    "h": ("s", 3600.0),
    "d": ("s", 86400.0),
    "gCO2e": ("gCO2e", 1.0),
    "kgCO2e": ("gCO2e", 1e3),
    "tCO2e": ("gCO2e", 1e6),
    "mL": ("L", 1e-3),
    "L": ("L", 1.0),
    "m3": ("L", 1e3),
}

Powers = tuple[tuple[str, int], ...]


@lru_cache(maxsize=512)
def parse(unit: str) -> Powers:
    """The symbols of a unit with their exponents, in the order written.

    >>> parse("gCO2e/kWh")
    (('gCO2e', 1), ('kWh', -1))
    >>> parse("1")
    ()
    """
    if not unit or any(c.isspace() for c in unit):
        raise FigureError(f"unit {unit!r} is not a unit: write symbols joined by * and /, or 1")
    powers: dict[str, int] = {}
    sign, symbol = 1, ""
    for char in f"{unit}*":
        if char not in "*/":
            symbol += char
            continue
        if not symbol:
            raise FigureError(f"unit {unit!r} has an empty symbol: write for example gCO2e/kWh")
        if symbol != "1":
            powers[symbol] = powers.get(symbol, 0) + sign
        sign, symbol = (1 if char == "*" else -1), ""
    return tuple((s, n) for s, n in powers.items() if n)


def text(powers: Powers) -> str:
    """The unit as written: `text(parse(u))` is `u` for a unit in plain form.

    >>> text((('J', 1), ('request', -1)))
    'J/request'
    """
    over = [s for s, n in powers for _ in range(max(n, 0))]
    under = [s for s, n in powers for _ in range(max(-n, 0))]
    return "/".join(["*".join(over) or "1", *under])


def _dimension(symbol: str) -> tuple[str, float]:
    return _TABLE.get(symbol, (symbol, 1.0))


@lru_cache(maxsize=512)
def _base(unit: str) -> tuple[frozenset[tuple[str, int]], float]:
    """Exponents of base symbols (power spelled as J/s), and the size of one `unit` in them."""
    sizes: dict[str, int] = {}
    scale = 1.0
    for symbol, power in parse(unit):
        base, factor = _dimension(symbol)
        scale *= factor**power
        for part, step in (("J", 1), ("s", -1)) if base == "W" else ((base, 1),):
            sizes[part] = sizes.get(part, 0) + step * power
    return frozenset((s, n) for s, n in sizes.items() if n), scale


@lru_cache(maxsize=1024)
def factor(have: str, want: str) -> float:
    """How many `want` one `have` is; raises FigureError when they measure different things.

    >>> factor("kWh", "J")
    3600000.0
    """
    if have == want:
        return 1.0
    (have_base, have_size), (want_base, want_size) = _base(have), _base(want)
    if have_base != want_base:
        raise FigureError(f"{have} cannot be given in {want}: they measure different things")
    return have_size / want_size


@lru_cache(maxsize=1024)
def product(left: str, right: str, *, inverse: bool = False) -> tuple[str, float]:
    """The plain unit of left x right (left / right if `inverse`), and the factor that goes with it.

    >>> product("J", "gCO2e/kWh") == ("gCO2e", 1 / 3.6e6)
    True
    >>> product("W", "h")
    ('J', 3600.0)
    >>> product("J", "s", inverse=True)
    ('W', 1.0)
    """
    powers = dict(parse(left))
    scale = 1.0
    for symbol, power in parse(right):
        power = -power if inverse else power
        twin = next((s for s in powers if _dimension(s)[0] == _dimension(symbol)[0]), symbol)
        scale *= (_dimension(symbol)[1] / _dimension(twin)[1]) ** power
        powers[twin] = powers.get(twin, 0) + power
    powers, scale = _power_and_time({s: n for s, n in powers.items() if n}, scale)
    return text(tuple(powers.items())), scale


def _power_and_time(powers: dict[str, int], scale: float) -> tuple[dict[str, int], float]:
    """Watts x time is energy and energy / time is watts; anything else is left as written."""
    dims = {_dimension(s)[0]: s for s in powers}
    power, energy, time = dims.get("W"), dims.get("J"), dims.get("s")
    if power and time and powers[power] == powers[time] == 1:
        return _replace(powers, scale, power, time, "J")
    if energy and time and (powers[energy], powers[time]) == (1, -1):
        return _replace(powers, scale, energy, time, "W")
    return powers, scale


def _replace(
    powers: dict[str, int], scale: float, first: str, second: str, by: str
) -> tuple[dict[str, int], float]:
    size = _dimension(first)[1] ** powers[first] * _dimension(second)[1] ** powers[second]
    rest = {s: n for s, n in powers.items() if s not in (first, second)}
    twin = next((s for s in rest if _dimension(s)[0] == by), by)
    joined = {twin: rest.get(twin, 0) + 1} | {s: n for s, n in rest.items() if s != twin}
    return {s: n for s, n in joined.items() if n}, scale * size / _dimension(twin)[1]
