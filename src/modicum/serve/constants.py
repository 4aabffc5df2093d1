"""What one request, or one token, of a route uses: built once, referred to by every request.

Energy, carbon and cost of a request are `request + tokens_in * token_in + tokens_out * token_out`.
On the hot path these are sums of floats; the ledger keeps the figures they come from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

from modicum.figures import Figure

QUANTITIES = ("energy_j", "carbon_g", "cost")
PERS = ("request", "token_in", "token_out")
_KEPT = ("value", "low", "high", "unit", "basis", "source", "boundary", "reason")

_REMEMBERED = 4096
Headers = list[tuple[bytes, bytes]]
Rates = Mapping[str, Mapping[str, Figure]]
"""By quantity, then by what it is per."""


class Amount(NamedTuple):
    """A quantity of one request; `value` is None where a part of it is unknown.

    The interval adds the ends, which is exact for parts that share their error and wide otherwise.
    """

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class _Line:
    """One quantity, ready for arithmetic: (value, low, high) per request and per token."""

    parts: tuple[tuple[int, float, float, float], ...]
    unit: str
    basis: str
    reason: str | None

    def of(self, counts: tuple[int, int | None, int | None]) -> Amount:
        if self.reason is not None:
            return Amount(None, None, None)
        value = low = high = 0.0
        for which, v, lo, hi in self.parts:
            count = counts[which]
            if count is None:
                return Amount(None, None, None)
            value, low, high = value + count * v, low + count * lo, high + count * hi
        return Amount(value, low, high)


class ConstantSet:
    """The constants of one route (and of what was tried before it)."""

    def __init__(self, rates: Rates) -> None:
        self.rates = rates
        self._lines = {quantity: _line(rates.get(quantity, {})) for quantity in QUANTITIES}
        self._told: dict[
            tuple[int, int | None, int | None], tuple[tuple[float | None, ...], Headers]
        ] = {}

    @cached_property
    def id(self) -> str:
        """The same for the same figures, in every process: 32 hex digits."""
        plain = [[row[name] for name in ("quantity", "per", *_KEPT)] for row in self._rows()]
        return sha256(json.dumps(plain).encode()).hexdigest()[:32]

    @cached_property
    def per_token(self) -> bool:
        """Whether anything depends on the tokens of a request."""
        return any(part[0] for line in self._lines.values() for part in line.parts)

    def amount(
        self, quantity: str, tokens_in: int | None = 0, tokens_out: int | None = 0, inputs: int = 1
    ) -> Amount:
        """How much of a quantity a request used."""
        return self._lines[quantity].of((inputs, tokens_in, tokens_out))

    def told(
        self, tokens_in: int | None, tokens_out: int | None, inputs: int
    ) -> tuple[tuple[float | None, ...], Headers]:
        """The values in the order of QUANTITIES, and the headers; remembered by the counts."""
        counts = (inputs, tokens_in, tokens_out)
        found = self._told.get(counts)
        if found is None:
            if len(self._told) >= _REMEMBERED:
                self._told.clear()
            values = tuple(line.of(counts).value for line in self._lines.values())
            found = self._told[counts] = (values, self._made(counts))
        return found

    def point(
        self, tokens_in: int | None, tokens_out: int | None, inputs: int
    ) -> tuple[float | None, ...]:
        """The values alone, in the order of QUANTITIES."""
        return self.told(tokens_in, tokens_out, inputs)[0]

    def headers(
        self, tokens_in: int | None = 0, tokens_out: int | None = 0, inputs: int = 1
    ) -> Headers:
        """x-modicum-energy-j, -carbon-g and -cost, each with interval and basis."""
        return self.told(tokens_in, tokens_out, inputs)[1]

    def _made(self, counts: tuple[int, int | None, int | None]) -> Headers:
        return [
            (f"x-modicum-{name.replace('_', '-')}".encode(), self._header(name, line.of(counts)))
            for name, line in self._lines.items()
        ]

    def _header(self, quantity: str, amount: Amount) -> bytes:
        line = self._lines[quantity]
        if amount.value is None:
            return b"unknown;reason=" + _quoted(line.reason or "the tokens were not told")
        unit = f";unit={line.unit}" if quantity == "cost" else ""
        numbers = f"{amount.value:.4g};low={amount.low:.4g};high={amount.high:.4g}"
        return f"{numbers}{unit};basis={line.basis}".encode("latin-1", "replace")

    def usage(
        self, tokens_in: int | None = 0, tokens_out: int | None = 0, inputs: int = 1
    ) -> dict[str, Any]:
        """The same as plain data, for the body's usage extension."""
        found: dict[str, Any] = {}
        for name in QUANTITIES:
            line, amount = self._lines[name], self.amount(name, tokens_in, tokens_out, inputs)
            found[name] = {**amount._asdict(), "unit": line.unit, "basis": line.basis}
            if amount.value is None:
                found[name]["reason"] = line.reason or "the tokens were not told"
        return found

    def plus(self, other: ConstantSet) -> ConstantSet:
        """What a request uses that ran both."""
        rates: dict[str, dict[str, Figure]] = {}
        for quantity in QUANTITIES:
            here, there = self.rates.get(quantity, {}), other.rates.get(quantity, {})
            rates[quantity] = {
                per: _sum(here.get(per), there.get(per))
                for per in PERS
                if per in here or per in there
            }
        return ConstantSet(rates)

    def rows(self) -> list[dict[str, Any]]:
        """As the ledger keeps them."""
        return [{"id": self.id, **row} for row in self._rows()]

    def _rows(self) -> list[dict[str, Any]]:
        return [
            {"quantity": quantity, "per": per} | {name: getattr(figure, name) for name in _KEPT}
            for quantity in QUANTITIES
            for per, figure in self.rates.get(quantity, {}).items()
        ]


def _sum(a: Figure | None, b: Figure | None) -> Figure:
    if a is None or b is None:
        found = a if b is None else b
        assert found is not None  # noqa: S101 (the caller asks only where one of them is there)
        return found
    return a + b if a.unit == b.unit else _unlike(a, b)


def _unlike(a: Figure, b: Figure) -> Figure:
    reason = f"{a.unit} and {b.unit} were not added: give [money] exchange"
    return Figure.unknown(a.unit, reason, source=a.source, boundary=a.boundary)


def _line(figures: Mapping[str, Figure]) -> _Line:
    if not figures:
        return _Line((), "", "assumed", "nothing is known of this route")
    unknown = [f.reason or "not given" for f in figures.values() if f.value is None]
    order = ("measured", "reported", "modelled", "assumed")
    units = {f.unit for f in figures.values()}
    if len(units) > 1:
        unknown.append(f"{' and '.join(sorted(units))} were not added: give [money] exchange")
    basis = max((f.basis for f in figures.values()), key=order.index)
    parts = tuple(
        (PERS.index(per), f.value, max(f.low or 0.0, 0.0), f.high or 0.0)
        for per, f in figures.items()
        if f.value is not None
    )
    unit = min(units)
    return _Line(() if unknown else parts, unit, basis, unknown[0] if unknown else None)


def _quoted(reason: str) -> bytes:
    plain = "".join(c if " " <= c <= "~" and c not in '"\\' else " " for c in reason)
    return f'"{plain[:200]}"'.encode()
