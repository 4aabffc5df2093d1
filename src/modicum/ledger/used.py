"""What requests used: their counts times the constants of their route, as figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from modicum.errors import FigureError
from modicum.figures import Figure, total

QUANTITIES = ("energy_j", "carbon_g", "cost")
UNITS = {"energy_j": "J", "carbon_g": "gCO2e", "cost": "1"}

MOST_UNTOLD = 0.05
"""Share of requests without tokens up to which they are taken as the mean of the others."""

Used = dict[str, Figure]
Constants = Mapping[str, Mapping[tuple[str, str], Figure]]


class Counted(Protocol):
    """Counts of a group of requests, as the rollups hold them; tokens are of those that told."""

    @property
    def requests(self) -> int:
        """Calls."""
        ...

    @property
    def inputs(self) -> int:
        """What they brought to be answered."""
        ...

    @property
    def tokens_in(self) -> int:
        """Tokens read."""
        ...

    @property
    def tokens_out(self) -> int:
        """Tokens written."""
        ...

    @property
    def unmetered(self) -> int:
        """Calls that told no tokens."""
        ...


def constants_of(rows: Iterable[Any]) -> Constants:
    """The sets of constants by id, each by quantity and what it is per."""
    found: dict[str, dict[tuple[str, str], Figure]] = defaultdict(dict)
    names = ("value", "low", "high", "unit", "basis", "source", "boundary", "reason")
    for row in rows:
        plain = {name: getattr(row, name) for name in names}
        # One error a set of constants: what it says per request and per token errs together, and
        # a thousand requests do not make it smaller.
        figure = Figure.from_dict(plain)
        if figure.known and figure.low != figure.high:
            figure = Figure.of(
                figure.value or 0.0,
                figure.low or 0.0,
                figure.high or 0.0,
                figure.unit,
                basis=figure.basis,
                source=figure.source,
                boundary=figure.boundary,
                error=f"constants:{row.id}:{row.quantity}",
            )
        found[row.id][(row.quantity, row.per)] = figure
    return found


def used(row: Counted, constants: Mapping[tuple[str, str], Figure]) -> Used:
    """What the requests of one rollup used: counts times constants."""
    found: Used = {}
    for quantity in QUANTITIES:
        parts = []
        for per, count in (
            ("request", row.inputs),
            ("token_in", row.tokens_in),
            ("token_out", row.tokens_out),
        ):
            figure = constants.get((quantity, per))
            if figure is None:
                continue
            parts.append(figure * float(count))
            if per != "request" and row.unmetered:
                parts.append(_untold(figure, count, row))
        found[quantity] = _total(parts, quantity, "nothing is known of this route")
    return found


def _untold(figure: Figure, count: float, row: Counted) -> Figure:
    """What the requests used that did not tell their tokens: like the others, where they are few.

    From nothing to three times the mean of the others.
    """
    told = row.requests - row.unmetered
    if row.unmetered > MOST_UNTOLD * row.requests or not count:
        why = f"{row.unmetered} of {row.requests} requests did not tell their tokens"
        return Figure.unknown(figure.unit, why)
    mean = Figure.of(
        1.0, 0.0, 3.0, "1", basis="assumed", boundary="",
        source="requests that told no tokens taken as the mean of the others",
        error="untold tokens",
    )  # fmt: skip
    return figure * (count * row.unmetered / told) * mean


def summed(parts: list[Used]) -> Used:
    """Quantity by quantity; unknown where a part is."""
    return {
        quantity: _total([p[quantity] for p in parts], quantity, "no requests")
        for quantity in QUANTITIES
    }


def _total(parts: list[Figure], quantity: str, nothing: str) -> Figure:
    return total_of(parts, nothing) if parts else Figure.unknown(UNITS[quantity], nothing)


def total_of(figures: list[Figure], nothing: str) -> Figure:
    """Their sum; unknown where there are none, with that reason, or their units do not meet."""
    if not figures:
        return Figure.unknown("1", nothing)
    try:
        return total(figures)
    except FigureError as error:
        return Figure.unknown(figures[0].unit, f"parts in different units: {error}")


def difference(one: Figure, other: Figure) -> Figure:
    """One minus the other; unknown where their units do not meet."""
    try:
        return one - other
    except FigureError as error:
        return Figure.unknown(one.unit, str(error))
