"""Own meters (kWh) and cloud instance hours, as plain csv files.

Meters: `date, kwh`, optionally `unit, model, region, scope, cost, currency`.
Hours: `date, instance_type, hours`, optionally `watts` (mean draw of one instance), `unit, region`.
"""

from __future__ import annotations

from collections.abc import Set
from typing import cast

from modicum.inventory.cells import Cells, RowError, count, day, first
from modicum.inventory.usage import Scope, Usage


def _scope(cells: Cells, usual: Scope) -> Scope:
    given = first(cells, "scope") or usual
    if given not in {"2", "3"}:
        raise RowError(f"scope is {given!r}, 2 (own energy) or 3 (hosted) was wanted")
    return cast("Scope", given)


class OwnMeter:
    """Energy that was measured."""

    export = "own-meter"

    def matches(self, columns: Set[str]) -> bool:
        """A column of kilowatt-hours."""
        return {"date", "kwh"} <= columns

    def read(self, cells: Cells) -> Usage | None:
        """One day of one meter."""
        energy = count(cells, "kwh")
        if energy is None:
            raise RowError("kwh is empty, a number was wanted")
        return Usage(
            day=day(cells, "date"),
            provider="own",
            unit=first(cells, "unit") or "own machines",
            unit_id="",
            model=first(cells, "model", "machine") or "own machines",
            kind="energy",
            scope=_scope(cells, "2"),
            region=first(cells, "region") or None,
            energy_kwh=energy,
            cost=count(cells, "cost"),
            currency=first(cells, "currency").upper() or "USD",
            key=first(cells, "meter"),
        )


class InstanceHours:
    """Accelerators and servers rented by the hour."""

    export = "instance-hours"

    def matches(self, columns: Set[str]) -> bool:
        """Hours of a type of instance."""
        return {"date", "instance_type", "hours"} <= columns

    def read(self, cells: Cells) -> Usage | None:
        """One day of one type."""
        hours = count(cells, "hours")
        if hours is None:
            raise RowError("hours is empty, a number was wanted")
        return Usage(
            day=day(cells, "date"),
            provider=first(cells, "provider").casefold() or "cloud",
            unit=first(cells, "unit", "account") or "unknown account",
            unit_id=first(cells, "account_id"),
            model=first(cells, "instance_type"),
            kind="hours",
            scope=_scope(cells, "3"),
            region=first(cells, "region") or None,
            hours=hours,
            watts=count(cells, "watts"),
            cost=count(cells, "cost"),
            currency=first(cells, "currency").upper() or "USD",
            key=first(cells, "instance_type"),
        )
