"""One everyday equivalent of a carbon or energy figure, never more than one at a time."""

from __future__ import annotations

from dataclasses import dataclass

from modicum import units
from modicum.carbon.tables import cited, table
from modicum.errors import CarbonError, FigureError
from modicum.figures import Figure


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A count of something everyday, with its interval and source."""

    count: Figure
    what: str
    source: str

    def __str__(self) -> str:
        if self.count.value is None:
            return f"unknown ({self.count.reason})"
        few = abs(self.count.value) < 1000
        return (
            f"{self.count.value:.3g} {self.what}" if few else f"{self.count.value:,.0f} {self.what}"
        )


def equivalent(figure: Figure, name: str | None = None) -> Equivalent:
    """The equivalent called `name` (home-year, car-km, led-hour), or the one that fits.

    Carbon is told as car-km; energy as led-hour when under a tenth of a home's year, else as
    home-year.

    >>> power = Figure.exact(10.715, "MWh", basis="reported", source="EIA", boundary="home")
    >>> str(equivalent(power, "home-year"))
    '1 homes for a year'
    """
    chosen = find_equivalent(name or _fitting(figure))
    row = table("equivalents")[chosen]
    one = Figure.of(
        float(row["one"]),
        float(row["low"]),
        float(row["high"]),
        f"{row['unit']}/{chosen}",
        basis="reported",
        source=cited(row),
        boundary=row["what"],
        error=f"equivalent:{chosen}",
    )
    return Equivalent((figure.to(row["unit"]) / one).to(chosen), row["what"], cited(row))


def find_equivalent(name: str) -> str:
    """The name of an equivalent; CarbonError lists what there is."""
    rows = table("equivalents")
    if name not in rows:
        raise CarbonError(f"equivalent {name!r} is not known: take one of {', '.join(rows)}")
    return name


def measures_carbon(name: str) -> bool:
    """Whether an equivalent tells carbon rather than energy."""
    return name in table("equivalents") and _same(table("equivalents")[name]["unit"], "gCO2e")


def _fitting(figure: Figure) -> str:
    if _same(figure.unit, "gCO2e"):
        return "car-km"
    if not _same(figure.unit, "J"):
        raise CarbonError(f"no everyday equivalent for {figure.unit}: give energy or carbon")
    few = float(table("equivalents")["home-year"]["one"]) / 10
    return "led-hour" if (figure.to("kWh").value or 0.0) < few else "home-year"


def _same(unit: str, want: str) -> bool:
    try:
        units.factor(unit, want)
    except FigureError:
        return False
    return True
