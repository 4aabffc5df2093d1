"""Progress from a baseline year towards a target: where one is, where one should be, and why."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from modicum.errors import DataError
from modicum.figures import Figure
from modicum.inventory.causes import Causes, causes
from modicum.inventory.cells import RowError, count, first
from modicum.inventory.decompose import Year
from modicum.inventory.periods import Closed


@dataclass(frozen=True)
class Stated:
    """A year's figures; `avoided_kg` is what avoided work saved, as the user says."""

    year: int
    energy_kwh: Figure
    carbon_kg: Figure
    requests: float | None
    avoided_kg: float | None = None

    def numbers(self) -> Year | None:
        """For the decomposition; None where something is not known."""
        energy, carbon = self.energy_kwh.value, self.carbon_kg.value
        if energy is None or carbon is None or self.requests is None:
            return None
        return Year(self.year, energy, carbon, self.requests)

    def per_request_g(self) -> Figure | None:
        """Grams per functional unit; None where their number is not known."""
        if not self.requests:
            return None
        return self.carbon_kg.to("gCO2e").per("request", self.requests)


@dataclass(frozen=True)
class Target:
    """`cut` below the baseline (0.5 is half) by `year`, along a straight line."""

    cut: float
    year: int

    def allowed(self, baseline: Stated, year: int) -> Figure:
        """What the line allows in a year; raises DataError where the target is not after it."""
        if self.year <= baseline.year:
            raise DataError(
                f"the target year {self.year} is not after the baseline {baseline.year}"
            )
        gone = min(max((year - baseline.year) / (self.year - baseline.year), 0.0), 1.0)
        return baseline.carbon_kg * (1 - self.cut * gone)


@dataclass(frozen=True)
class Progress:
    """effects: from the baseline to the latest year; None with `why_not`."""

    baseline: Stated
    latest: Stated
    years: tuple[Stated, ...]
    target: Target | None
    effects: Causes | None
    why_not: str | None

    @property
    def on_track(self) -> bool | None:
        """Whether the latest year is within what the line allows; None without a target."""
        if self.target is None:
            return None
        allowed = self.target.allowed(self.baseline, self.latest.year).value
        now = self.latest.carbon_kg.value
        return None if allowed is None or now is None else now <= allowed

    @property
    def net_kg(self) -> Figure | None:
        """Carbon of the latest year less what it avoided elsewhere; None where none is stated."""
        if self.latest.avoided_kg is None:
            return None
        avoided = Figure.exact(
            self.latest.avoided_kg,
            "kgCO2e",
            basis="assumed",
            source="work avoided, as stated by the user",
            boundary="outside the inventory",
        )
        return self.latest.carbon_kg - avoided


def track(years: Sequence[Stated], baseline: int | None, target: Target | None) -> Progress:
    """Progress over the years given; raises DataError for fewer than two or no such baseline."""
    ordered = sorted(years, key=lambda y: y.year)
    known = ", ".join(str(y.year) for y in ordered) or "none"
    if len(ordered) < 2:
        raise DataError(
            f"progress needs at least two closed years, there are: {known}; close each with "
            "`modicum inventory FILES --period YEAR --close`"
        )
    start = next((y for y in ordered if baseline in (None, y.year)), None)
    if start is None:
        raise DataError(f"the baseline {baseline} is not among the closed years: {known}")
    latest = ordered[-1]
    if latest.year == start.year:
        raise DataError(f"{start.year} is the latest year: the baseline must be an earlier one")
    if target is not None:
        target.allowed(start, latest.year)
    one, other = start.numbers(), latest.numbers()
    why = None
    if one is None or other is None:
        why = "energy, carbon or the number of requests of one of the two years is not known"
    found = None
    if one and other:
        energy, carbon = (
            (start.energy_kwh, latest.energy_kwh),
            (start.carbon_kg, latest.carbon_kg),
        )
        found = causes(energy, carbon, (one, other))
    return Progress(start, latest, tuple(ordered), target, found, why)


def from_ledger(closed: Mapping[str, Closed]) -> list[Stated]:
    """The closed years of a ledger."""
    return [
        Stated(int(year), one.energy_kwh, one.carbon_kg, one.requests)
        for year, one in closed.items()
    ]


def read_years(path: Path) -> list[Stated]:
    """Years from a csv; raises DataError with the line.

    Columns: year, energy_kwh, carbon_kg, optionally requests, avoided_kg, and for intervals
    energy_kwh_low, energy_kwh_high, carbon_kg_low, carbon_kg_high.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from None
    found = []
    for line, cells in enumerate(rows, start=2):
        try:
            text = first(cells, "year")
            if not text.isdigit() or len(text) != 4:
                raise RowError(f"year is {text[:20]!r}, a year was wanted")
            found.append(
                Stated(
                    int(text),
                    _figure(cells, "energy_kwh", "kWh"),
                    _figure(cells, "carbon_kg", "kgCO2e"),
                    count(cells, "requests"),
                    count(cells, "avoided_kg"),
                )
            )
        except RowError as error:
            raise DataError(f"{path} line {line}: {error}") from None
    return found


def _figure(cells: Mapping[str, str], name: str, unit: str) -> Figure:
    value = count(cells, name)
    if value is None:
        return Figure.unknown(unit, f"{name} is not given")
    low, high = count(cells, f"{name}_low"), count(cells, f"{name}_high")
    low, high = value if low is None else low, value if high is None else high
    if not low <= value <= high:
        raise RowError(f"{name} {value:g} is not between its low {low:g} and high {high:g}")
    return Figure.of(
        value, low, high, unit, basis="reported", source="as given", boundary="as given"
    )
