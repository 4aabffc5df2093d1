"""Figures: quantities that know their interval, basis, source and boundary.

`low` to `high` is a 90% interval.  Every error has a named source, so that one shared by two
figures (the same grid factor, the same power model) cancels in their difference or ratio and does
not shrink in their sum, while independent ones do.  Unknown is None with a reason, and stays
unknown through every operation.

How errors become an interval is in `uncertainty`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from modicum import units
from modicum.errors import FigureError
from modicum.uncertainty import Shift, interval

Basis = Literal["measured", "reported", "modelled", "assumed"]

_BASES: tuple[str, ...] = get_args(Basis)  # from the strongest to the weakest
_MOST_OWN_ERRORS = 64  # a longer sum folds its unnamed errors into one
_OWN = "~"  # prefix of an error source that nothing else shares


@dataclass(frozen=True, slots=True)
class Figure:
    """A quantity with its 90% interval, unit, basis, source and boundary.

    Build one with `Figure.of`, `Figure.exact` or `Figure.unknown`; the rest is arithmetic.

    >>> energy = Figure.of(2, 1.5, 3, "kWh", basis="measured", source="RAPL", boundary="CPU")
    >>> grid = Figure.of(
    ...     400, 360, 440, "gCO2e/kWh", basis="reported", source="Ember", boundary="grid"
    ... )
    >>> carbon = energy * grid
    >>> carbon.value, carbon.unit, carbon.basis
    (800.0, 'gCO2e', 'reported')
    """

    value: float | None
    low: float | None
    high: float | None
    unit: str
    basis: Basis
    source: str
    boundary: str
    reason: str | None = None
    errors: Mapping[str, Shift] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        value: float,
        low: float,
        high: float,
        unit: str,
        *,
        basis: Basis,
        source: str,
        boundary: str,
        error: str | None = None,
    ) -> Figure:
        """A known figure; `error` names its error source if other figures share it."""
        if not all(math.isfinite(x) for x in (value, low, high)):
            raise FigureError(f"{value} [{low}, {high}] {unit} is not finite: use Figure.unknown")
        if not low <= value <= high:
            raise FigureError(f"{value} {unit} lies outside its own interval [{low}, {high}]")
        name = error or _OWN + os.urandom(8).hex()
        errors = {} if low == high else {name: (low - value, high - value)}
        return cls._checked(value, low, high, unit, basis, source, boundary, errors)

    @classmethod
    def within(
        cls,
        value: float,
        factor: float,
        unit: str,
        *,
        basis: Basis,
        source: str,
        boundary: str,
        error: str | None = None,
    ) -> Figure:
        """A non-negative figure known within a factor: from value / factor to value x factor."""
        if value < 0 or factor < 1:
            raise FigureError(f"{value} {unit} within a factor of {factor}: give >= 0 and >= 1")
        return cls.of(
            value,
            value / factor,
            value * factor,
            unit,
            basis=basis,
            source=source,
            boundary=boundary,
            error=error,
        )

    @classmethod
    def exact(cls, value: float, unit: str, *, basis: Basis, source: str, boundary: str) -> Figure:
        """A figure without error, on purpose: a definition, or a count."""
        return cls.of(value, value, value, unit, basis=basis, source=source, boundary=boundary)

    @classmethod
    def unknown(
        cls,
        unit: str,
        reason: str,
        *,
        basis: Basis = "assumed",
        source: str = "",
        boundary: str = "",
    ) -> Figure:
        """A figure nobody knows, and why."""
        if not reason:
            raise FigureError(f"an unknown figure in {unit} needs its reason")
        return cls._checked(None, None, None, unit, basis, source, boundary, {}, reason)

    @classmethod
    def _checked(
        cls,
        value: float | None,
        low: float | None,
        high: float | None,
        unit: str,
        basis: Basis,
        source: str,
        boundary: str,
        errors: Mapping[str, Shift],
        reason: str | None = None,
    ) -> Figure:
        if basis not in _BASES:
            raise FigureError(f"basis {basis!r} is not one of {', '.join(_BASES)}")
        units.parse(unit)
        return cls(value, low, high, unit, basis, source, boundary, reason, errors)

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

    def to(self, unit: str) -> Figure:
        """The same figure in another unit of the same dimension."""
        scale = units.factor(self.unit, unit)
        return replace(_scaled(self, scale), unit=unit)

    def per(self, unit: str, count: float = 1.0) -> Figure:
        """This figure over `count` functional units, for example `.per("request", 1000)`."""
        if count <= 0:
            raise FigureError(f"cannot divide {self.unit} over {count} {unit}: count at least one")
        shared = units.product(self.unit, unit, inverse=True)[0]
        return replace(_scaled(self, 1.0 / count), unit=shared)

    def relabel(
        self,
        *,
        basis: Basis | None = None,
        source: str | None = None,
        boundary: str | None = None,
    ) -> Figure:
        """The same figure, described anew; its basis may become weaker, never stronger."""
        if basis is not None and _BASES.index(basis) < _BASES.index(self.basis):
            raise FigureError(f"a {self.basis} figure cannot be called {basis}")
        return replace(
            self,
            basis=basis or self.basis,
            source=self.source if source is None else source,
            boundary=self.boundary if boundary is None else boundary,
        )

    def widen(self, factor: float, *, error: str | None = None) -> Figure:
        """The same figure with a further multiplicative error, named by `error` if it is shared."""
        if not self.known:
            return self
        model = Figure.within(
            1.0,
            factor,
            "1",
            basis=self.basis,
            source=self.source,
            boundary=self.boundary,
            error=error,
        )
        return self * model

    def __add__(self, other: Figure) -> Figure:
        other = other.to(self.unit)
        found = _combine(self, other, lambda a, b: a + b, self.unit)
        return _not_below(found, self, other, lambda a, b: a.low + b.low)

    def __sub__(self, other: Figure) -> Figure:
        other = other.to(self.unit)
        found = _combine(self, other, lambda a, b: a - b, self.unit)
        found = _not_below(found, self, other, lambda a, b: a.low - b.high)
        return -_not_below(-found, self, other, lambda a, b: b.low - a.high)

    def __mul__(self, other: Figure | float) -> Figure:
        if not isinstance(other, Figure):
            return _scaled(self, float(other))
        unit, scale = units.product(self.unit, other.unit)
        found = _combine(self, other, lambda a, b: a * b * scale, unit)
        return _not_below(found, self, other, lambda a, b: a.low * b.low * scale)

    __rmul__ = __mul__

    def __truediv__(self, other: Figure | float) -> Figure:
        if not isinstance(other, Figure):
            if other == 0:
                raise FigureError(f"cannot divide {self.unit} by zero")
            return _scaled(self, 1.0 / float(other))
        unit, scale = units.product(self.unit, other.unit, inverse=True)
        if other.low is not None and other.high is not None and other.low <= 0.0 <= other.high:
            why = f"the divisor's interval, {other.low} to {other.high} {other.unit}, holds zero"
            return _described(self, other, unit, why)
        found = _combine(self, other, lambda a, b: a / b * scale, unit)
        return _not_below(found, self, other, lambda a, b: a.low / b.high * scale)

    def __neg__(self) -> Figure:
        return _scaled(self, -1.0)

    def to_dict(self) -> dict[str, Any]:
        """The figure as plain data; `reason` where the value is unknown, shared errors named."""
        names = ("value", "low", "high", "unit", "basis", "source", "boundary")
        plain: dict[str, Any] = {name: getattr(self, name) for name in names}
        if self.reason is not None:
            plain["reason"] = self.reason
        shared = {n: list(s) for n, s in self.errors.items() if not n.startswith(_OWN)}
        return plain | ({"errors": shared} if shared else {})

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Figure:
        """Read what `to_dict` wrote.

        What the named errors do not explain of the interval is one error of its own, as it was.
        """
        known: dict[str, Any] = {n: plain[n] for n in ("unit", "basis", "source", "boundary")}
        value, low, high = plain.get("value"), plain.get("low"), plain.get("high")
        if value is None or low is None or high is None:
            return cls.unknown(**known, reason=plain.get("reason") or "not given")
        figure = cls.of(value, low, high, **known)
        shared = {str(n): (float(s[0]), float(s[1])) for n, s in plain.get("errors", {}).items()}
        return replace(figure, errors=_with_rest(figure, shared)) if shared else figure


def total(figures: Iterable[Figure], unit: str | None = None) -> Figure:
    """The sum of at least one figure, in one pass.

    >>> one = Figure.of(1, 0.5, 1.5, "J", basis="measured", source="RAPL", boundary="CPU")
    >>> total([one, one]).high  # the same error twice does not shrink
    3.0
    """
    parts = [f.to(unit) if unit else f for f in figures]
    if not parts:
        raise FigureError("a sum of no figures has no unit: give at least one")
    first = parts[0]
    parts = [f.to(first.unit) for f in parts]
    source, boundary = _joined(f.source for f in parts), _joined(f.boundary for f in parts)
    basis = max((f.basis for f in parts), key=_BASES.index)
    unknown = [f.reason or "not given" for f in parts if not f.known]
    if unknown:
        why = f"{len(unknown)} of {len(parts)} parts unknown: {_joined(unknown)}"
        return Figure.unknown(first.unit, why, basis=basis, source=source, boundary=boundary)
    errors: dict[str, Shift] = {}
    for part in parts:
        for name, (low, high) in part.errors.items():
            before = errors.get(name, (0.0, 0.0))
            errors[name] = (before[0] + low, before[1] + high)
    value = math.fsum(f.value for f in parts if f.value is not None)
    found = _made(value, _folded(errors), first.unit, basis, source, boundary)
    lows = [f.low for f in parts if f.low is not None]
    if found.low is None or min(lows) < 0:
        return found
    return replace(found, low=min(max(found.low, math.fsum(lows)), value))  # as `_not_below`


def mean(figures: Iterable[Figure]) -> Figure:
    """The mean of at least one figure."""
    parts = list(figures)
    return total(parts) / len(parts) if parts else total(parts)


def _made(
    value: float, errors: Mapping[str, Shift], unit: str, basis: Basis, source: str, boundary: str
) -> Figure:
    low, high = interval(value, errors)
    return Figure(value, low, high, unit, basis, source, boundary, None, errors)


def derived(figures: Sequence[Figure], operate: Callable[..., float], unit: str) -> Figure:
    """What `operate` makes of the figures' values; unknown where one is.

    It is evaluated with each error source at its two ends, in every figure that shares it (see
    `uncertainty`), so that what they share cancels or adds as it does in the formula.
    """
    basis = max((f.basis for f in figures), key=_BASES.index)
    source = _joined(f.source for f in figures)
    boundary = _joined(f.boundary for f in figures)
    values = [f.value for f in figures if f.value is not None]
    if len(values) < len(figures):
        why = _joined(f.reason for f in figures if f.reason)
        return Figure.unknown(unit, why, basis=basis, source=source, boundary=boundary)
    value, none = operate(*values), (0.0, 0.0)
    errors: dict[str, Shift] = {}
    for name in dict.fromkeys(name for f in figures for name in f.errors):
        shifts = [f.errors.get(name, none) for f in figures]
        low, high = (
            operate(*(v + shift[end] for v, shift in zip(values, shifts, strict=True))) - value
            for end in (0, 1)
        )
        errors[name] = (low, high)
    return _made(value, _folded(errors), unit, basis, source, boundary)


def _combine(a: Figure, b: Figure, operate: Callable[[float, float], float], unit: str) -> Figure:
    return derived((a, b), operate, unit)


def _not_below(found: Figure, a: Figure, b: Figure, corner: Callable[[Any, Any], float]) -> Figure:
    """Of two figures that are not negative: no lower than with both at their worst at once.

    Where wide, skewed errors are combined by their moments, the interval could reach further down
    than the two ends together, and below zero, where no such quantity can be.
    """
    if found.low is None or found.value is None or (a.low or 0.0) < 0 or (b.low or 0.0) < 0:
        return found
    return replace(found, low=min(max(found.low, corner(a, b)), found.value))


def _described(a: Figure, b: Figure, unit: str, reason: str) -> Figure:
    basis = max((a.basis, b.basis), key=_BASES.index)
    return Figure.unknown(
        unit,
        reason,
        basis=basis,
        source=_joined((a.source, b.source)),
        boundary=_joined((a.boundary, b.boundary)),
    )


def _scaled(figure: Figure, by: float) -> Figure:
    if figure.value is None or figure.low is None or figure.high is None:
        return figure
    ends = sorted((figure.low * by, figure.high * by))
    errors = {n: (low * by, high * by) for n, (low, high) in figure.errors.items()}
    return replace(figure, value=figure.value * by, low=ends[0], high=ends[1], errors=errors)


def _joined(parts: Iterable[str | None]) -> str:
    """Distinct parts, each once, in order; parts that are themselves joined are taken apart."""
    return "; ".join(dict.fromkeys(p for part in parts if part for p in part.split("; ") if p))


def _folded(errors: Mapping[str, Shift]) -> Mapping[str, Shift]:
    """The same errors, the unnamed ones folded into one when there are very many."""
    own = {n: s for n, s in errors.items() if n.startswith(_OWN)}
    if len(own) <= _MOST_OWN_ERRORS:
        return errors
    low, high = interval(0.0, own)
    named = {n: s for n, s in errors.items() if n not in own}
    return named | {_OWN + os.urandom(8).hex(): (low, high)}


def _with_rest(figure: Figure, shared: Mapping[str, Shift]) -> Mapping[str, Shift]:
    """The named errors, and one of the figure's own for what they leave of its interval."""
    if figure.value is None or figure.low is None or figure.high is None:
        return {}
    low, high = interval(figure.value, shared)
    down = (figure.value - figure.low) ** 2 - (figure.value - low) ** 2
    up = (figure.high - figure.value) ** 2 - (high - figure.value) ** 2
    rest = (-math.sqrt(max(down, 0.0)), math.sqrt(max(up, 0.0)))
    small = 1e-9 * max(abs(figure.value), abs(figure.low), abs(figure.high))
    if max(-rest[0], rest[1]) <= small:
        return dict(shared)
    return dict(shared) | {_OWN + os.urandom(8).hex(): rest}
